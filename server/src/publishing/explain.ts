import { BADGES, type BadgeDocument } from '../badges/badges-view.ts'
import { LISTINGS, type ListingDocument } from '../badges/listings-view.ts'
import type { Desk } from '../house.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { render, type Messages } from '../kernel/says.ts'
import type { Pack } from '../programmes/load.ts'
import type { Catalogue, RequirementInForce } from '../programmes/schema.ts'
import { FACTS } from '../standing/facts-view.ts'
import type { Facts } from '../standing/facts.ts'
import { judge } from '../standing/judge.ts'
import { STANDINGS, type StandingDocument } from '../standing/standings-view.ts'
import { standingStream } from '../standing/events.ts'
import type { Verdict } from '../standing/verdict.ts'

/** One step of the road back: an event that its reader may see. */
export type Step = {
  readonly seq: number
  readonly at: string
  readonly type: string
  readonly by: string
  readonly hash: string
  readonly payload: RecordedEvent['payload']
}

/** A verdict with the road back to what brought it about, newest first. */
export type Explained = {
  readonly requirement: string
  readonly title: string
  readonly cites: readonly string[]
  readonly verdict: Verdict['verdict']
  readonly says: string
  readonly change: string
  readonly since: string
  readonly due_at: string | null
  readonly observed_at: string | null
  readonly evidence: readonly string[]
  readonly road: readonly Step[]
  /** Set when the road goes on where this reader may not look. */
  readonly cut: boolean
}

export type Explanation = {
  readonly app: string
  readonly programme: { readonly id: string; readonly version: string; readonly digest: string }
  readonly as_of: string
  readonly badges: readonly { readonly tier: string; readonly state: string; readonly since: string; readonly cure_until: string | null }[]
  readonly listing: string
  readonly requirements: readonly Explained[]
}

/** Why an app stands as it does: of one requirement, or of all that are not simply met. What row security hides from the reader is cut. */
export async function explain(
  desk: Desk,
  packs: readonly Pack[],
  messages: Messages,
  app: string,
  requirement: string | null,
): Promise<readonly Explanation[]> {
  const standings = (await desk.documents.list<StandingDocument>(STANDINGS)).filter(({ document }) => document.app === app)
  if (standings.length === 0) throw new Refused('directory.no_such_app', `Nothing has been judged of an app "${app}" here.`, app)
  const listing = await desk.documents.get<ListingDocument>(LISTINGS, app)
  const badges = (await desk.documents.list<BadgeDocument>(BADGES)).flatMap(({ document }) => (document.app === app ? [document] : []))
  const told: Explanation[] = []
  for (const { document } of standings) {
    const { id, version, digest } = document.programme
    const catalogue =
      packs.find((pack) => pack.programme.id === id)?.catalogues.find((one) => one.version === version && one.digest === digest) ?? null
    // Judged at this moment, by the facts of this moment: what was recorded last may have grown old.
    const facts = await desk.documents.get<Facts>(FACTS, app)
    const verdicts = catalogue === null || facts === null ? document.verdicts : judge(catalogue, facts, desk.now, document.verdicts)
    const asked = verdicts.filter((verdict) =>
      requirement === null ? INTERESTING.has(verdict.verdict) : verdict.requirement === requirement,
    )
    const requirements: Explained[] = []
    for (const verdict of asked)
      requirements.push(await explained(desk, messages, document, verdict, requirementIn(catalogue, verdict.requirement)))
    told.push({
      app,
      programme: { id, version, digest },
      as_of: desk.now,
      badges: badges
        .filter((badge) => badge.programme === id)
        .map(({ tier, state, since, cure_until }) => ({ tier, state, since, cure_until })),
      listing: listing?.state ?? 'listed',
      requirements,
    })
  }
  if (requirement !== null && told.every(({ requirements }) => requirements.length === 0)) {
    throw new Refused('standing.no_such_requirement', `No programme here asks "${requirement}" of ${app}.`, requirement)
  }
  return told
}

const INTERESTING: ReadonlySet<string> = new Set(['unmet', 'unknown', 'waived', 'upcoming'])

const requirementIn = (catalogue: Catalogue | null, id: string): RequirementInForce | null =>
  catalogue?.requirements.find((one) => one.id === id) ?? null

async function explained(
  desk: Desk,
  messages: Messages,
  standing: StandingDocument,
  verdict: Verdict,
  requirement: RequirementInForce | null,
): Promise<Explained> {
  const events = await desk.log.stream(standingStream(standing.programme.id, standing.app))
  const changed = events.findLast(
    (event) =>
      event.type === 'standing.changed' &&
      (event.payload['changed'] as unknown as readonly Verdict[]).some((one) => one.requirement === verdict.requirement),
  )
  const { road, cut } = await roadFrom(desk, changed, verdict.requirement)
  return {
    requirement: verdict.requirement,
    title: requirement?.title ?? verdict.requirement,
    cites: requirement?.cites.map(({ source, no }) => (no === undefined ? source : `${source} (${no})`)) ?? [],
    verdict: verdict.verdict,
    says: render(verdict.says, messages),
    change: render(verdict.change, messages),
    since: verdict.since,
    due_at: verdict.due_at,
    observed_at: verdict.observed_at,
    evidence: verdict.evidence,
    road,
    cut,
  }
}

/** Along the causes, back to where a person, a clock or the watch began it. */
async function roadFrom(
  desk: Desk,
  from: RecordedEvent | undefined,
  requirement: string,
): Promise<{ readonly road: readonly Step[]; readonly cut: boolean }> {
  const road: Step[] = []
  for (let event = from; event !== undefined;) {
    road.push(stepOf(event, requirement))
    if (event.cause === null) return { road, cut: false }
    const cause: RecordedEvent | null = await desk.log.byHash(event.cause)
    if (cause === null) return { road, cut: true }
    event = cause
  }
  return { road, cut: from === undefined }
}

function stepOf(event: RecordedEvent, requirement: string): Step {
  const { seq, at, type, hash } = event
  const by = event.by.kind === 'machine' ? event.by.name : `${event.by.kind} ${event.by.id}`
  // A standing changes in many verdicts at once; this road is about one of them.
  const changed = event.payload['changed']
  const payload = Array.isArray(changed)
    ? {
        ...event.payload,
        changed: (changed as unknown as readonly Verdict[]).filter(
          (one) => one.requirement === requirement,
        ) as unknown as RecordedEvent['payload'][string],
      }
    : event.payload
  return { seq, at, type, by, hash, payload }
}
