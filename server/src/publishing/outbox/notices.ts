import { APPS, type AppDocument } from '../../directory/apps-view.ts'
import type { NewEvent } from '../../kernel/event.ts'
import type { Reactor } from '../../kernel/flow.ts'
import { says, type Says } from '../../kernel/says.ts'
import { between, HOUR_MS, type Instant } from '../../kernel/time.ts'
import type { Pack } from '../../programmes/load.ts'
import type { AlertEvent, AlertTier } from '../../reliability/events.ts'
import { mismatchInWords } from '../marketplace/words.ts'
import type { Mismatch } from '../marketplace/look.ts'
import { counted, dayInWords, durationInWords, momentInWords, percentOf, placed, targetInWords } from '../words.ts'
import { noticed } from './events.ts'
import { ofSuccession } from './successions.ts'
import { ofVersion, type VersionMoved } from './versions.ts'

/** What partners are told by themselves: how a badge or a listing changed, objectives lost and regained, and alerts. */
const BADGES = ['granted', 'put_at_risk', 'cured', 'suspended', 'restored', 'revoked', 'expired', 'renewed'] as const
const LISTINGS = ['listing_warned', 'listing_hidden', 'listing_paused', 'listing_relisted'] as const
const OBJECTIVES = ['objective_lost', 'objective_regained'] as const
const ALERTS = ['alert_fired', 'alert_resolved'] as const

const FORMS = ['form_returned', 'form_approved', 'form_reminded', 'form_lapsed', 'contradiction_found', 'contradiction_told'] as const
const REVIEWS = ['annual_review_announced', 'annual_review_missed', 'annual_review_closed', 'delta_opened', 'delta_judged'] as const
/** What happens on an application's thread and concerns the side that did not do it. Gathering knows which side that is. */
const APPLICATIONS = [
  'applied',
  'accepted',
  'changes_requested',
  'answered',
  'run_arranged',
  'review_begun',
  'declined',
  'reminded',
  'lapsed',
  'ended',
  'commented',
  'downtime_announced',
] as const

/** That a candidate of the host breaks a journey through the app. */
const WARNED = 'journeys.warned'

/** What happens to a version that does not judge yet, told of every app that it concerns. */
const VERSIONS = 'directory.version_moved'

/** That a programme ends, told of every holder; and what was decided about one. */
const SUCCESSIONS = ['directory.succession_begun', 'successions.decided'] as const

/** Of a concern the partner is told from the moment on in which it is heard; the operator, what waits for it. Nobody's mail can be filled by raising some. */
const CONCERNS = [
  'accepted',
  'answered',
  'answer_missed',
  'decided',
  'remedy_claimed',
  'remedy_refused',
  'remedied',
  'set_aside',
  'reminded',
] as const
const APPEALS = ['lodged', 'decided', 'reminded'] as const

/** The letter of an alert that fires. That something is over is said of a page only: nobody got up for the others. */
const LETTER_OF = {
  'early-warning': 'reliability.early_warning',
  page: 'reliability.alert_fired',
  ticket: 'reliability.budget_ticket',
} as const satisfies Record<AlertTier, string>

/** An alert about a minute longer ago (a watch that caught up) would wake somebody for what has long been over. */
const ALERTS_FOR_MS = HOUR_MS

/** What events carry, as far as a notice needs it. */
type Carried = {
  readonly app: string
  readonly programme?: string
  readonly tier?: string
  readonly valid_until?: Instant | null
  readonly cure_until?: Instant | null
  readonly requirements?: readonly string[]
  readonly form?: string
  readonly until?: Instant
  readonly opens_at?: Instant
  readonly due_at?: Instant
  readonly year?: number
  readonly requirement?: string
  readonly outcome?: 'passed' | 'failed'
  readonly side?: string
  readonly mentions?: readonly string[]
  readonly passed?: { readonly to: { readonly due_at: Instant | null } | null }
  readonly lapses_at?: Instant | null
  readonly concern?: string | null
  readonly appeal?: string
  readonly journey?: string
  readonly ships_at?: Instant
  readonly indicator?: string
  readonly endpoint?: string
  readonly window?: string
  readonly target?: number
  readonly good?: number
  readonly total?: number
}

/** Owes the partner a notice for each change of a badge, a listing or an objective of their app. */
export const noticesReactor = (packs: readonly Pack[]): Reactor => ({
  name: 'publishing.notices',
  slice: 'publishing',
  listens: [
    ...BADGES.map((name) => `badges.${name}`),
    ...LISTINGS.map((name) => `badges.${name}`),
    ...OBJECTIVES.map((name) => `reliability.${name}`),
    ...ALERTS.map((name) => `reliability.${name}`),
    ...FORMS.map((name) => `assessments.${name}`),
    ...REVIEWS.map((name) => `reviews.${name}`),
    ...APPLICATIONS.map((name) => `applications.${name}`),
    ...CONCERNS.map((name) => `concerns.${name}`),
    ...APPEALS.map((name) => `appeals.${name}`),
    'publishing.mismatch_found',
    VERSIONS,
    WARNED,
    ...SUCCESSIONS,
  ],
  async react(event, reading): Promise<readonly NewEvent[]> {
    // The guarantee of the cast: the event of this name is this one.
    if (event.type === VERSIONS) return ofVersion((event as unknown as VersionMoved).payload, packs, reading)
    if ((SUCCESSIONS as readonly string[]).includes(event.type)) return ofSuccession(event, packs, reading)
    const carried = event.payload as unknown as Carried
    const app = await reading.documents.get<AppDocument>(APPS, carried.app)
    if (app === null) return []
    if (event.type.startsWith('reliability.alert_')) {
      // The guarantee of the cast: the events of these names are alerts.
      const alert = event as unknown as AlertEvent
      const sentence = between(alert.payload.at, event.at) > ALERTS_FOR_MS ? null : ofAlert(alert, app.name)
      return sentence === null ? [] : [noticed(carried.app, sentence)]
    }
    if (event.type === WARNED) {
      const { journey = '', ships_at } = carried
      const until = ships_at === undefined ? '' : momentInWords(ships_at)
      return [noticed(carried.app, says(WARNED, { name: app.name, journey, until }))]
    }
    if (event.type === 'publishing.mismatch_found') {
      // The guarantee of the cast: the event of this name is a mismatch.
      return [noticed(carried.app, ofMismatch(event.payload as unknown as Mismatch, app.name, packs))]
    }
    if (event.type.startsWith('reviews.')) {
      const sentence = ofReview(event.type, app.name, carried, packs)
      return sentence === null ? [] : [noticed(carried.app, sentence)]
    }
    if (event.type.startsWith('assessments.')) return [noticed(carried.app, ofForm(event.type, app.name, carried, packs))]
    if (event.type.startsWith('applications.')) {
      const told = ofApplication(event.type, app.name, carried, packs)
      return told === null ? [] : [noticed(carried.app, told)]
    }
    if (event.type.startsWith('concerns.') || event.type.startsWith('appeals.')) {
      return [noticed(carried.app, ofCase(event.type, app.name, carried), event.subject !== null)]
    }
    const sentence = event.type.startsWith('reliability.')
      ? ofObjective(event.type, app.name, carried)
      : ofBadge(event.type, app.name, carried, packs)
    return [noticed(carried.app, sentence)]
  },
})

function ofMismatch({ of, kind, since }: Mismatch, name: string, packs: readonly Pack[]): Says {
  return says('publishing.mismatch_found', {
    name,
    what: mismatchInWords({ of, kind }, badgeNameIn(packs, of)),
    since: momentInWords(since),
  })
}

/** The name of a badge that stands as `programme.tier`. */
const badgeNameIn = (packs: readonly Pack[], of: string): string =>
  packs
    .flatMap(({ programme }) => programme.tiers.map(({ id, title }) => ({ key: `${programme.id}.${id}`, title })))
    .find(({ key }) => key === of)?.title ?? of

function ofAlert({ type, payload }: AlertEvent, name: string): Says | null {
  const { tier, at, indicator, endpoint, objective, counts } = payload
  const fired = type === 'reliability.alert_fired'
  if (!fired && tier !== 'page') return null
  const [short] = counts
  return says(fired ? LETTER_OF[tier] : type, {
    name,
    indicator: placed(indicator, endpoint),
    at: momentInWords(at),
    window: durationInWords(objective.window),
    target: targetInWords(objective.target),
    bad: (short?.total ?? 0) - (short?.good ?? 0),
    total: short?.total ?? 0,
    span: short === undefined ? 'the span looked at' : counted(short.minutes, 'minute'),
    ...(type === 'reliability.alert_resolved' ? { since: momentInWords(payload.fired_at), why: WHY_OVER[payload.because] } : {}),
  })
}

/** As the end of a sentence. */
const WHY_OVER = {
  calm: 'it has been calm for long enough',
  not_seen: 'nobody can see the app any more, which says nothing about it',
  not_asked: 'the programme does not ask for this any more',
} as const satisfies Record<Extract<AlertEvent, { readonly type: 'reliability.alert_resolved' }>['payload']['because'], string>

function ofObjective(code: string, name: string, { indicator, endpoint, window, target, good, total }: Carried): Says {
  return says(code, {
    name,
    indicator: placed(indicator ?? '', endpoint),
    window: durationInWords(window ?? ''),
    share: percentOf(good ?? 0, total ?? 0),
    target: targetInWords(target ?? 0),
  })
}

function ofForm(code: string, name: string, { form, until, due_at }: Carried, packs: readonly Pack[]): Says {
  const title = packs.flatMap((pack) => pack.forms).find(({ id }) => id === form)?.title ?? form ?? ''
  const end = until ?? due_at
  return says(code, { name, form: title, until: end === undefined ? 'a day that the app’s page says' : dayInWords(end) })
}

/** What passes is seen on the page; a mail is owed where somebody has to do something, or where a year is done. */
function ofReview(type: string, name: string, carried: Carried, packs: readonly Pack[]): Says | null {
  if (type === 'reviews.delta_judged' && carried.outcome === 'passed') return null
  const ids = carried.requirement === undefined ? (carried.requirements ?? []) : [carried.requirement]
  const titleOf = (id: string): string => packs.flatMap(({ requirements }) => requirements).find((one) => one.id === id)?.title ?? id
  return says(type, {
    name,
    year: carried.year ?? 0,
    opens: carried.opens_at === undefined ? '' : dayInWords(carried.opens_at),
    until: carried.due_at === undefined ? '' : momentInWords(carried.due_at),
    requirements: ids.map((id) => `– ${titleOf(id)}`).join('\n'),
  })
}

function ofApplication(code: string, name: string, carried: Carried, packs: readonly Pack[]): Says | null {
  // Whoever is named was told by name; nobody is told twice.
  if ((carried.mentions ?? []).length > 0) return null
  const { programme = '', tier = '', side } = carried
  const title = packs.find((pack) => pack.programme.id === programme)?.programme.tiers.find((one) => one.id === tier)?.title ?? tier
  const due_at = carried.lapses_at ?? carried.passed?.to?.due_at ?? carried.due_at ?? null
  const until = due_at === null ? 'a day that the thread says' : dayInWords(due_at)
  return says(LETTER_FOR_OPERATOR[`${code} ${side ?? ''}`] ?? code, { name, badge: title, programme, tier, until })
}

/** The same happening under the letter that the operator gets: what the partner wrote, and the operator's own due dates. */
const LETTER_FOR_OPERATOR: { readonly [code_and_side: string]: string | undefined } = {
  'applications.commented partner': 'applications.heard',
  'applications.reminded operator': 'applications.overdue',
}

/** A concern or an appeal: where it is read, and until when something is due. */
function ofCase(code: string, name: string, { concern, appeal, passed, due_at }: Carried): Says {
  const end = passed?.to?.due_at ?? due_at ?? null
  const until = end === null ? 'a day that its page says' : dayInWords(end)
  return says(code, { name, case: code.startsWith('concerns.') ? (concern ?? '') : (appeal ?? ''), until })
}

function ofBadge(code: string, name: string, carried: Carried, packs: readonly Pack[]): Says {
  const programme = packs.find((pack) => pack.programme.id === carried.programme)
  const tier = programme?.programme.tiers.find((one) => one.id === carried.tier)?.title ?? carried.tier ?? ''
  const titles = (carried.requirements ?? []).map((id) => programme?.requirements.find((one) => one.id === id)?.title ?? id)
  const until = carried.cure_until ?? carried.valid_until ?? null
  return says(code, {
    name,
    tier,
    until: until === null ? 'a day that the app’s page says' : dayInWords(until),
    requirements: titles.length === 0 ? 'The app’s page says what.' : titles.map((title) => `– ${title}`).join('\n'),
  })
}
