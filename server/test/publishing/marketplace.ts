import { badgesView } from '../../src/badges/badges-view.ts'
import { listingsView } from '../../src/badges/listings-view.ts'
import { appsView } from '../../src/directory/apps-view.ts'
import { programmesView } from '../../src/directory/programme.ts'
import { domainTokenName } from '../../src/directory/registering.ts'
import type { Acting } from '../../src/enrolment/authorise.ts'
import type { House } from '../../src/house.ts'
import type { NewEvent, RecordedEvent } from '../../src/kernel/event.ts'
import { opaque } from '../../src/kernel/flow.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { after, DAY_MS, dayOf, parseInstant, type Instant } from '../../src/kernel/time.ts'
import { pipeline, record, type Ground, type Pipeline } from '../../src/platform/dispatch.ts'
import { createHttp, type Routes } from '../../src/platform/http/app.ts'
import { publicAppsView, publicDirectoryView } from '../../src/publishing/public-apps-view.ts'
import { registerGoToMarketRoutes } from '../../src/publishing/go-to-market-routes.tsx'
import { editionsView } from '../../src/publishing/go-to-market/editions-view.ts'
import { disclosureReactor } from '../../src/publishing/reactor.ts'
import { problemPage } from '../../src/publishing/pages/problem.tsx'
import { registerBadgePictures } from '../../src/publishing/badge-routes.ts'
import { registerCommentRoutes } from '../../src/publishing/comment-routes.tsx'
import { registerDocumentationRoutes } from '../../src/publishing/documentation-routes.tsx'
import { registerMarketplaceRoutes } from '../../src/publishing/marketplace-routes.tsx'
import { mismatchesView } from '../../src/publishing/marketplace/mismatches-view.ts'
import { statesView } from '../../src/publishing/marketplace/state.ts'
import { registerPartnerRoutes } from '../../src/publishing/partner-routes.tsx'
import { registerProcessRoutes } from '../../src/publishing/process-routes.tsx'
import { registerPublicRoutes } from '../../src/publishing/routes.tsx'
import { registerStatusPages } from '../../src/publishing/status-routes.tsx'
import { registerWorkingRoutes } from '../../src/publishing/working-routes.tsx'
import { factsView } from '../../src/standing/facts-view.ts'
import { standingsView } from '../../src/standing/standings-view.ts'
import type { Verdict } from '../../src/standing/verdict.ts'
import { testClock, testHouse } from '../house.ts'
import type { Opened } from '../storage.ts'
import { DIGEST, NOW, PACK, standing } from './fixture.ts'

/** A marketplace whose past is told event by event, so that a test says exactly what was known. */

/** Views and the gate, without the slices that judge: what they would say is said by the test. */
export const PIPELINE: Pipeline = pipeline(
  [
    opaque(appsView),
    opaque(programmesView),
    opaque(factsView),
    opaque(standingsView),
    opaque(badgesView),
    opaque(listingsView),
    opaque(publicAppsView),
    opaque(publicDirectoryView),
    opaque(editionsView),
    opaque(statesView),
    opaque(mismatchesView),
  ],
  [disclosureReactor([PACK])],
)

export const event = (stream: string, type: string, payload: JsonObject & { readonly app?: string }): NewEvent => ({
  stream,
  subject: payload.app ?? null,
  type,
  payload,
})

/** Tells events at a moment. */
export const tell = (ground: Omit<Ground, 'now'>, at: Instant, ...events: readonly NewEvent[]): Promise<readonly RecordedEvent[]> =>
  record({ ...ground, now: at }, PIPELINE, events, BY(at))

const BY = (at: Instant) => ({ by: { kind: 'machine', name: 'test' }, cause: null, at }) as const

export const adopted = (): NewEvent =>
  event('programme/harbour', 'directory.programme_adopted', { programme: 'harbour', version: '2026.1', digest: DIGEST })

export const registered = (
  app: string,
  name: string,
  of: { readonly organisation?: string; readonly platform?: string } = {},
): readonly NewEvent[] => [
  event(`app/${app}`, 'directory.app_registered', {
    app,
    key: `com.example.${app}`,
    name,
    organisation: of.organisation ?? 'org_harbour',
    platform: of.platform ?? 'forge',
    hosting: 'mixed',
    descriptor: DIGEST,
  }),
  event(`app/${app}`, 'directory.descriptor_read', {
    app,
    descriptor: DIGEST,
    evidence: DIGEST,
    source_url: 'https://app.example.com/private-descriptor-address.json',
    platform: of.platform ?? 'forge',
    hosting: 'mixed',
    scopes: ['read:jira-work', 'write:jira-work', 'storage:app'],
    egress: [
      { kind: 'remote', address: 'https://api.example.com', analytics: false },
      { kind: 'fetch.client', address: 'https://stats.example.com', analytics: true },
    ],
    base_urls: ['https://app.example.com/private-base'],
  }),
]

export const domainProven = (app: string): NewEvent =>
  event(`app/${app}`, 'directory.domain_proven', { app, domain: 'private-domain.example', method: 'dns' })

/** All verdicts of an app, met but for those given. */
export const judged = (app: string, at: Instant, others: { readonly [requirement: string]: Partial<Verdict> } = {}): NewEvent => {
  const { verdicts, programme } = standing(app, at, others)
  return changed(app, verdicts, programme.digest)
}

/** Only what changed. */
export const changed = (app: string, verdicts: readonly Verdict[], digest: string = DIGEST): NewEvent =>
  event(`standing/harbour/${app}`, 'standing.changed', {
    app,
    programme: 'harbour',
    version: '2026.1',
    digest,
    // The guarantee of the cast: verdicts are JSON.
    changed: verdicts,
  })

/** Something that happened to a badge. */
export const badge = (app: string, what: string, of: JsonObject = {}, tier = 'gold'): NewEvent =>
  event(`badge/harbour.${tier}/${app}`, `badges.${what}`, { app, programme: 'harbour', tier, ...of })

export const granted = (app: string, tier = 'gold'): NewEvent =>
  badge(
    app,
    'granted',
    { standing_hash: DIGEST, valid_until: parseInstant('2027-10-01'), reviewers: ['person_private_a', 'person_private_b'] },
    tier,
  )

/** Days of minutes up to a moment, good but for those given; and the window over the last 28. */
export function watched(
  app: string,
  now: Instant,
  days: number,
  bad: { readonly [back: number]: number } = {},
  dark: readonly number[] = [],
): readonly NewEvent[] {
  const closed = Array.from({ length: days }, (_, place) => {
    const back = days - place
    const unknown = dark.includes(back) ? 1_440 : 2
    const total = 1_440 - unknown
    return { day: dayOf(after(now, -back * DAY_MS)), back, good: total - Math.min(total, bad[back] ?? 0), total, unknown }
  })
  const last = closed.filter(({ back }) => back <= 28)
  const sum = (of: (one: (typeof closed)[number]) => number): number => last.reduce((all, one) => all + of(one), 0)
  const to = parseInstant(dayOf(now))
  const window = (indicator: string, target: number, bound: number | null): NewEvent =>
    event(`slo/${app}`, 'reliability.window_counted', {
      app,
      indicator,
      window: 'P28D',
      target,
      good_when_at_most: bound,
      good: sum((one) => one.good),
      total: sum((one) => one.total),
      unknown: 28 * 1_440 - sum((one) => one.total),
      expected: 28 * 1_440,
      from: after(to, -28 * DAY_MS),
      to,
      evidence: [DIGEST],
    })
  return [
    ...closed.map(({ day, good, total, unknown }) =>
      event(`slo/${app}`, 'reliability.day_closed', { app, indicator: 'availability', day, good, total, unknown, digest: DIGEST }),
    ),
    window('availability', 0.999, null),
    window('response-time', 0.99, 1_000),
  ]
}

/** A reviewer of the operator. */
export const REVIEWER: Acting = {
  kind: 'person',
  person: 'person_reviewer',
  session: 'session_reviewer',
  memberships: [{ organisation: 'org_operator', kind: 'operator', role: 'operator-reviewer' }],
}

/** A person of the partner that makes the apps. */
export const PARTNER: Acting = {
  kind: 'person',
  person: 'person_partner',
  session: 'session_partner',
  memberships: [{ organisation: 'org_harbour', kind: 'partner', role: 'partner-admin' }],
}

/** Names that try to be more than names. */
export const HOSTILE = {
  svg: '<svg onload="alert(1)">Lighthouse</svg>',
  rtl: '‮evil‬ ميناء الاختبار',
  long: `${'Harbour of very many words '.repeat(18)}end`.slice(0, 500),
} as const

/** A marketplace with every state in it, and its public pages. */
export async function openMarketplace(
  opened: Opened,
  who: () => Acting = () => ({ kind: 'public' }),
  clock = testClock(NOW),
  given: Parameters<typeof testHouse>[2] = {},
): Promise<{
  readonly house: House
  readonly app: Routes
  readonly tell: (at: Instant, ...events: readonly NewEvent[]) => Promise<void>
}> {
  const house = await testHouse(opened, clock, {
    packs: [PACK],
    pipeline: PIPELINE,
    ...given,
    environment: { MARKETPLACE: 'Harbour Market', ...given.environment },
  })
  const app = await createHttp({
    log: house.log,
    public_url: () => house.public_url(),
    trust_proxy: [],
    whoAsks: async () => who(),
    refuseForeign: () => undefined,
    problemPage: (problem, request) => problemPage(house, problem, request, null),
    version: '0',
    requests_a_minute: 1_000_000,
  })
  registerPublicRoutes(app, house, null)
  registerDocumentationRoutes(app, house, null)
  registerGoToMarketRoutes(app, house, null)
  registerPartnerRoutes(app, house, null)
  registerCommentRoutes(app, house, null)
  registerProcessRoutes(app, house, null)
  registerMarketplaceRoutes(app, house, null)
  registerStatusPages(app, house, null)
  registerBadgePictures(app, house)
  registerWorkingRoutes(app, house, null)
  const machine = { marketplace: house.marketplace, party: { kind: 'machine' } } as const
  return {
    house,
    app,
    tell: (at, ...events) =>
      house.database.within(machine, async (unit) => void (await record({ ...unit, now: at }, house.pipeline, events, BY(at)))),
  }
}

/** Fills it: an app for each state, and those with hostile names. */
export async function fill(market: Awaited<ReturnType<typeof openMarketplace>>): Promise<void> {
  const { house } = market
  await house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, async (unit) => {
    for (const [organisation_id, name] of [
      ['org_harbour', 'Quayside Software'],
      ['org_hostile', HOSTILE.svg],
    ] as const) {
      await unit.sql
        .insertInto('organisation')
        .values({ marketplace_id: house.marketplace, organisation_id, kind: 'partner', name })
        .execute()
    }
  })
  await house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, async (unit) => {
    for (const subject of ['lighthouse', 'breakwater', 'drydock', 'mooring', 'tidewater', 'foghorn', 'newcomer']) {
      await unit.sql
        .insertInto('subject_party')
        .values({ marketplace_id: house.marketplace, subject, organisation_id: 'org_harbour' })
        .execute()
      const value = JSON.stringify({ token: `castellan-${subject}` })
      await unit.sql
        .insertInto('setting')
        .values({ marketplace_id: house.marketplace, name: domainTokenName(subject), value })
        .execute()
    }
  })
  const start = parseInstant('2026-07-01T08:00:00Z')
  const grant = parseInstant('2026-09-03T10:00:00Z')
  await market.tell(start, adopted())
  const apps = [
    ['lighthouse', 'Lighthouse'],
    ['breakwater', 'Breakwater for Boards'],
    ['drydock', 'Dry Dock'],
    ['mooring', 'Mooring'],
    ['tidewater', 'Tidewater Reports'],
    ['foghorn', 'Foghorn'],
    ['newcomer', 'Newcomer'],
  ] as const
  for (const [app, name] of apps)
    await market.tell(start, ...registered(app, name, app === 'foghorn' ? { platform: 'connect' } : {}), domainProven(app))
  await market.tell(
    start,
    ...registered('svg', HOSTILE.svg, { organisation: 'org_hostile' }),
    ...registered('rtl', HOSTILE.rtl),
    ...registered('long', HOSTILE.long),
  )
  for (const [app] of apps.slice(0, 5)) {
    await market.tell(grant, judged(app, grant, { 'support.answers': { verdict: 'unknown', reason: 'not_supplied', blind: null } }))
    await market.tell(grant, granted(app))
  }
  await market.tell(grant, granted('foghorn', 'silver'), judged('foghorn', grant))
  const trouble = parseInstant('2026-11-20T09:30:00Z')
  const due = parseInstant('2026-12-18T09:30:00Z')
  const breaches = ['security.hook', 'reliability.availability'].map((requirement) => ({ requirement, due_at: due, left_ms: null }))
  await market.tell(
    trouble,
    changed('breakwater', [{ ...unmet('security.hook', trouble), evidence: [DIGEST] }, unmet('reliability.availability', trouble)]),
    badge('breakwater', 'put_at_risk', { requirements: ['security.hook', 'reliability.availability'], breaches, cure_until: due }),
  )
  const taken = { requirements: ['reliability.availability'], person: null }
  await market.tell(
    trouble,
    changed('drydock', [unmet('reliability.availability', trouble)]),
    badge('drydock', 'suspended', { ...taken, reasons: ['cure_window_over'], revoke_at: due, left_ms: null }),
  )
  await market.tell(trouble, badge('mooring', 'revoked', { requirements: [], reasons: ['by_person'], person: 'person_private_a' }))
  await market.tell(trouble, badge('tidewater', 'expired', { requirements: [], reasons: ['not_observed'], person: null }))
  await market.tell(
    parseInstant('2026-11-24T00:05:00Z'),
    ...watched('lighthouse', NOW, 84, { 11: 9, 40: 260 }, [23]),
    ...watched('breakwater', NOW, 60, { 2: 400, 1: 300 }),
    ...watched('tidewater', NOW, 40, {}, [1, 2, 3, 4, 5, 6]),
  )
}

const unmet = (requirement: string, since: Instant): Verdict => {
  const found = standing('', since, {
    [requirement]: {
      verdict: 'unmet',
      since,
      reason: 'private-check-name',
      says: { code: 'standing.record_missing', params: { kind: 'private-finding-text' } },
    },
  })
  const verdict = found.verdicts.find((one) => one.requirement === requirement)
  if (verdict === undefined) throw new Error(`the fixture has no ${requirement}`)
  return verdict
}
