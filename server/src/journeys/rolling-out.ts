import type { Acting } from '../enrolment/authorise.ts'
import { checkedWords } from '../kernel/words.ts'
import type { Desk, House } from '../house.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { newId } from '../platform/clock.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { runNow } from './due.ts'
import { rolloutStream, type RolloutEvent } from './events.ts'
import { JOURNEYS, type JourneysDocument, type RunTold } from './journeys-view.ts'
import { rollout, ROLLOUTS, verdictOf, type RolloutCommand, type RolloutDocument, type RolloutState } from './rollout.ts'
import { knownJourneys, ofApp } from './stating.ts'

/** What the operator does with changes of the host: announce one, see whom it breaks, say how it ended. */

/** Announces a change and makes every journey due that has an early-rollout instance; answers with the announcement's id. */
export async function announceRollout(
  house: House,
  who: Acting,
  given: { readonly words: string; readonly ships_at: Instant },
): Promise<string> {
  return house.act(who, 'announce-rollout', {}, async (desk) => {
    const words = checkedWords(given.words, 'words', 'Say what changes.')
    const id = newId('rol')
    const documents = await desk.documents.list<JourneysDocument>(JOURNEYS)
    const journeys = documents.flatMap(({ document }) =>
      Object.values(document.journeys)
        .filter(({ instances }) => instances.includes('early-rollout'))
        .map(({ journey }) => ({ app: document.app, journey })),
    )
    const command = { act: 'announce', rollout: id, ships_at: given.ships_at, journeys } as const
    // Decided once before anything is kept, so that a refused announcement leaves no words behind.
    rollout.decide({ ...command, evidence: [] }, rollout.initial, desk.now)
    await desk.asMachine(async () => {
      const evidence = await keepEvidence(desk, [
        {
          subject: rolloutStream(id),
          kind: 'rollout',
          observed_at: desk.now,
          source: { by: 'operator' },
          visibility: 'operator',
          body: words,
        },
      ])
      await decide(desk, { ...command, evidence })
      for (const one of journeys) await runNow(desk, one.app, one.journey, id)
    })
    return id
  })
}

/** Says how an announced change ended. */
export async function closeRollout(house: House, who: Acting, id: string, outcome: 'shipped' | 'withdrawn'): Promise<void> {
  await house.act(who, 'announce-rollout', {}, (desk) => decide(desk, { act: 'close', rollout: id, outcome }))
}

/**
 * Tells what a candidate did to a journey as soon as it ran for it in both places. For the machine's transaction. An
 * announcement that was closed meanwhile is told nothing any more.
 */
export async function tellRollout(desk: Desk, id: string, app: string, journey: string): Promise<void> {
  const document = await desk.documents.get<RolloutDocument>(ROLLOUTS, id)
  const runs = (await knownJourneys(desk, app)).journeys[journey]?.runs ?? []
  const ranFor = (instance: RunTold['instance']): RunTold | undefined => runs.find((run) => run.rollout === id && run.instance === instance)
  const production = ranFor('production')
  const candidate = ranFor('early-rollout')
  if (document === null || document.closed !== null || production === undefined || candidate === undefined) return
  const verdict = verdictOf(production.outcome, candidate.outcome)
  const { ships_at } = document
  const told = await decide(desk, { act: 'tell', rollout: id, app, journey, verdict, evidence: candidate.evidence })
  if (!told || verdict !== 'breaks') return
  await desk.record([ofApp({ type: 'journeys.warned', payload: { app, journey, rollout: id, ships_at, evidence: candidate.evidence } })])
}

/** Decides on a rollout's stream and records; false when there was nothing to tell. */
async function decide(desk: Desk, command: RolloutCommand): Promise<boolean> {
  const stream = rolloutStream(command.rollout)
  const past = await desk.asMachine(() => desk.log.stream(stream))
  // The guarantee of the cast: only this decider's events are appended to a rollout's stream.
  const state = past.reduce<RolloutState>(
    (before, event) => rollout.evolve(before, event as unknown as RolloutEvent & RecordedEvent),
    rollout.initial,
  )
  const events = rollout.decide(command, state, desk.now)
  if (events.length === 0) return false
  await desk.record(
    events.map(({ type, payload }) => ({ stream, subject: null, type, payload })),
    { expect: { stream, version: past.length } },
  )
  return true
}
