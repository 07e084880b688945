import { descriptor } from '../../examples/issue-templates/server/connect.ts'
import { readDescriptor } from '../src/directory/descriptors/read.ts'
import type { Digest } from '../src/kernel/event.ts'
import { after, DAY_MS, dayOf, startOf, type Instant } from '../src/kernel/time.ts'
import { sha256, sha256Bytes } from '../src/platform/crypto.ts'
import type { Pipeline } from '../src/platform/dispatch.ts'
import type { Pack } from '../src/programmes/load.ts'
import type { DayOfMinutes } from '../src/reliability/series.ts'
import { DAY_MINUTES, minuteOf } from '../src/reliability/window.ts'
import type { Actor } from '../simulate/actor.ts'
import type { Fault } from '../simulate/faults.ts'
import { reviewers } from '../simulate/people.ts'
import { run, type World } from '../simulate/world.ts'
import { CAST, PAST_DAYS, type CastMember } from './cast.ts'
import { RENEWS_DAYS_BEFORE } from './keeping-up.ts'

/** What a descriptor said when it was registered: kept as evidence under this name. */
export type PastDescriptor = {
  readonly app: string
  readonly evidence: Digest
  readonly text: string
  readonly source_url: string
  readonly at: Instant
}

export type Past = {
  readonly world: World
  /** Days that were sealed, with their minutes. */
  readonly days: readonly DayOfMinutes[]
  readonly actors: readonly Actor[]
  readonly descriptors: readonly PastDescriptor[]
  readonly ends_at: Instant
  /** Whom each document concerns, by view and key: row security goes by it. */
  readonly subjects: ReadonlyMap<string, string>
}

/** People of the demo's operator who may decide. */
export const REVIEWERS = [
  { id: 'per_reviewer_1', name: 'Ada Quist' },
  { id: 'per_reviewer_2', name: 'Bela Thorne' },
] as const

/** Id of the organisation that makes an app. */
export const organisationOf = (member: CastMember): string => `org_${member.app.replaceAll('-', '_')}`

/**
 * Several months of the demo marketplace, played by the real deciders, clocks, judge and badges on virtual time up to the
 * midnight before `now`; what has happened since midnight is left to the real watch.
 */
export async function buildPast(given: {
  readonly marketplace: string
  readonly packs: readonly Pack[]
  readonly flow: Pipeline
  readonly now: Instant
  readonly baseUrlOf: (app: string) => string
}): Promise<Past> {
  const ends_at = startOf(dayOf(given.now))
  const from = after(ends_at, -PAST_DAYS * DAY_MS)
  const descriptors: PastDescriptor[] = []
  const actors = CAST.map((member): Actor => {
    const base_url = given.baseUrlOf(member.app)
    const text = JSON.stringify(descriptor(base_url, { key: member.key, name: member.name, vendor: member.partner }), null, 2)
    const { description } = readDescriptor(new TextEncoder().encode(text), sha256Bytes)
    const joined = after(ends_at, -member.joined_days_ago * DAY_MS)
    const evidence = sha256(`demo|${member.app}|${text}`)
    const source_url = `${base_url}/atlassian-connect.json`
    descriptors.push({ app: member.app, evidence, text, source_url, at: joined })
    return {
      app: member.app,
      organisation: organisationOf(member),
      description,
      evidence,
      source_url,
      joins: minuteOf(joined) + 10 * 60 + member.app.length * 7,
      health_path: member.proves ? '/health' : null,
      proves: member.proves,
      wants: member.wants.flatMap((tier) => tierNamed(given.packs, tier)),
      renews_days_before: RENEWS_DAYS_BEFORE,
      faults: member.past.map((fault) => faultOf(fault, ends_at)),
    }
  })
  const days: DayOfMinutes[] = []
  const agreed = new Map(CAST.map((member) => [member.app, member.agreed]))
  const world = await run({
    marketplace: given.marketplace,
    packs: given.packs,
    flow: given.flow,
    actors,
    own: [{ kind: 'our_blindness', from: minuteOf(after(ends_at, -38 * DAY_MS)) + 130, to: minuteOf(after(ends_at, -38 * DAY_MS)) + 171 }],
    from,
    days: PAST_DAYS,
    onSealed: (sealed) => void days.push(...sealed),
    people: reviewers({
      reviewers: REVIEWERS.map(({ id }) => id),
      agreeing: (actor) => agreed.get(actor.app) ?? 0,
      restores_after_days: 2,
    }),
  })
  return { world, days, actors, descriptors, ends_at, subjects: world.subjects }
}

function faultOf(told: CastMember['past'][number], ends_at: Instant): Fault {
  const from = minuteOf(ends_at) - told.days_ago * DAY_MINUTES + 14 * 60 + 25
  return { kind: told.kind, from, to: from + told.minutes, ...(told.check === undefined ? {} : { check: told.check }) }
}

/** A tier by its short name, in whichever programme has it. */
const tierNamed = (packs: readonly Pack[], tier: string): readonly string[] =>
  packs.flatMap(({ programme }) => (programme.tiers.some((one) => one.id === tier) ? [`${programme.id}.${tier}`] : []))
