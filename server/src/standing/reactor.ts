import { PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import type { NewEvent } from '../kernel/event.ts'
import type { Reactor, Reading } from '../kernel/flow.ts'
import type { JsonObject } from '../kernel/json.ts'
import type { Instant } from '../kernel/time.ts'
import type { Pack } from '../programmes/load.ts'
import type { Catalogue } from '../programmes/schema.ts'
import { standingStream } from './events.ts'
import { FACTS } from './facts-view.ts'
import type { Facts } from './facts.ts'
import { inThisEdition } from './edition.ts'
import { judge } from './judge.ts'
import { foldStanding, standingKey, STANDINGS, type StandingDocument } from './standings-view.ts'
import { lookAgainAt } from './tiers.ts'
import { saysTheSame, type Verdict } from './verdict.ts'

/**
 * Judges an app again whenever something became known of it or a deadline of it came, in every programme that this
 * marketplace has adopted and not closed, and tells which verdicts changed.
 */
export const standingReactor = (packs: readonly Pack[]): Reactor => ({
  name: 'standing.judge',
  slice: 'standing',
  listens: [
    // Registration is followed by the descriptor, and single checks by the end of their scan: judging halfway would tell
    // changes that never were.
    'directory.descriptor_read',
    'directory.details_supplied',
    'directory.domain_proven',
    'directory.consent_withdrawn',
    'directory.record_confirmed',
    'directory.programme_adopted',
    'directory.tier_retired',
    'scanning.scan_finished',
    'reliability.objective_lost',
    'reliability.objective_regained',
    'reliability.window_counted',
    'reliability.endpoint_left',
    'journeys.counted',
    'assessments.form_published',
    'assessments.form_approved',
    'assessments.form_lapsed',
    'assessments.contradiction_told',
    'assessments.explanation_refused',
    'assessments.document_confirmed',
    'assessments.document_refused',
    'assessments.document_lost',
    'assessments.attestation_offered',
    'assessments.attestation_accepted',
    'assessments.attestation_declined',
    'assessments.attestation_withdrawn',
    'reviews.annual_review_planned',
    'reviews.annual_review_missed',
    'reviews.annual_review_closed',
    'reviews.annual_review_dropped',
    'reviews.overdue_counted',
    'concerns.decided',
    'concerns.remedy_claimed',
    'concerns.remedy_refused',
    'concerns.remedied',
    'concerns.set_aside',
    'standing.waiver_granted',
    'standing.waiver_ended',
    'clocks.came_due',
  ],
  async react(event, reading) {
    const { app, programme } = event.payload as { readonly app?: string | null; readonly programme?: string }
    if (event.type === 'directory.programme_adopted' || event.type === 'directory.tier_retired') {
      const adopted = await catalogueOf(packs, reading, programme ?? '')
      return adopted === null ? [] : judgedEverywhere(adopted, event.at, reading)
    }
    // A clock that is no app's own.
    if (app === undefined || app === null) return []
    const facts = await reading.documents.get<Facts>(FACTS, app)
    if (facts === null) return []
    const told: NewEvent[] = []
    for (const catalogue of await cataloguesInForce(packs, reading)) {
      const { before, verdicts } = await judged(catalogue, facts, event.at, reading)
      told.push(...changesOf(catalogue, app, before, verdicts, event.at))
      if (event.type === 'clocks.came_due') told.push(...refreshed(catalogue, app, before, verdicts, event.at))
    }
    return told
  },
})

async function judgedEverywhere(catalogue: Catalogue, now: Instant, reading: Reading): Promise<readonly NewEvent[]> {
  const told: NewEvent[] = []
  for (const { key, document } of await reading.documents.list<Facts>(FACTS)) {
    const { before, verdicts } = await judged(catalogue, document, now, reading)
    told.push(...changesOf(catalogue, key, before, verdicts, now))
  }
  return told
}

/** The catalogues by which apps are judged in this marketplace: adopted, not closed, and known to this program. */
export async function cataloguesInForce(packs: readonly Pack[], reading: Pick<Reading, 'documents'>): Promise<readonly Catalogue[]> {
  const programmes = await reading.documents.list<ProgrammeDocument>(PROGRAMMES)
  return programmes.flatMap(({ document }) => {
    const catalogue = inThisEdition(packs, document)
    return catalogue === null ? [] : [catalogue]
  })
}

/** The catalogue of one programme as it is in force, or null when it is closed, not adopted or not known to this program. */
export async function catalogueOf(
  packs: readonly Pack[],
  reading: Pick<Reading, 'documents'>,
  programme: string,
): Promise<Catalogue | null> {
  const document = await reading.documents.get<ProgrammeDocument>(PROGRAMMES, programme)
  return document === null ? null : inThisEdition(packs, document)
}

/** How an app stands at a moment, and how it stood before. */
export async function judged(
  catalogue: Catalogue,
  facts: Facts,
  now: Instant,
  reading: Pick<Reading, 'documents' | 'log'>,
): Promise<{ readonly before: StandingDocument | null; readonly verdicts: readonly Verdict[] }> {
  const before = await standingOf(catalogue.programme.id, facts.app, reading)
  return { before, verdicts: judge(catalogue, facts, now, before?.verdicts) }
}

/** The standing with what was appended after the view last folded: several facts of one transaction are judged one by one. */
export async function standingOf(
  programme: string,
  app: string,
  reading: Pick<Reading, 'documents' | 'log'>,
): Promise<StandingDocument | null> {
  const folded = await reading.documents.get<StandingDocument>(STANDINGS, standingKey(programme, app))
  const tail = await reading.log.stream(standingStream(programme, app), folded?.stream_version ?? 0)
  return tail.reduce(foldStanding, folded)
}

function changesOf(
  catalogue: Catalogue,
  app: string,
  before: StandingDocument | null,
  verdicts: readonly Verdict[],
  now: Instant,
): readonly NewEvent[] {
  const same_rules = before?.programme.digest === catalogue.digest
  // A new version of the rules is told whole, so that what it dropped is gone. Verdicts stand in the catalogue's order.
  const changed = verdicts.filter((verdict, place) => {
    const old = same_rules ? before.verdicts[place] : undefined
    return old?.requirement !== verdict.requirement || (old !== verdict && !saysTheSame(old, verdict))
  })
  if (changed.length === 0) return []
  const { version, digest } = catalogue
  return [
    told('standing.changed', catalogue, app, {
      version,
      digest,
      changed: changed.map(asJson),
      look_again_at: lookAgainAt(catalogue, verdicts, now),
    }),
  ]
}

/** When a clock came due and newer evidence has moved it, the new deadline is told, so that each clock rings once. */
function refreshed(
  catalogue: Catalogue,
  app: string,
  before: StandingDocument | null,
  verdicts: readonly Verdict[],
  now: Instant,
): readonly NewEvent[] {
  if (before?.programme.digest !== catalogue.digest) return []
  const known = new Map(before.verdicts.map((one) => [one.requirement, one]))
  const newer = verdicts.filter((verdict) => {
    const old = known.get(verdict.requirement)
    return old !== undefined && saysTheSame(old, verdict) && (old.due_at !== verdict.due_at || old.observed_at !== verdict.observed_at)
  })
  const look_again_at = lookAgainAt(catalogue, verdicts, now)
  if (newer.length === 0 && look_again_at === before.look_again_at) return []
  return [
    told('standing.refreshed', catalogue, app, {
      refreshed: newer.map(({ requirement, due_at, observed_at }) => ({ requirement, due_at, observed_at })),
      look_again_at,
    }),
  ]
}

const told = (type: string, catalogue: Catalogue, app: string, payload: JsonObject): NewEvent => ({
  stream: standingStream(catalogue.programme.id, app),
  subject: app,
  type,
  payload: { app, programme: catalogue.programme.id, ...payload },
})

/** A verdict is made of text, numbers, lists and objects of those only. */
const asJson = (verdict: Verdict): JsonObject => ({ ...verdict })
