import type { Ports } from '../applications/ports.ts'
import { render, type Messages, type Says } from '../kernel/says.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import type { MetWhen } from '../programmes/schema.ts'
import { MESSAGES as SCANNING } from '../scanning/messages.ts'
import { FACTS } from '../standing/facts-view.ts'
import type { Facts } from '../standing/facts.ts'
import { standingStream } from '../standing/events.ts'
import { MESSAGES as STANDING } from '../standing/messages.ts'
import { judged } from '../standing/reactor.ts'
import { foldStanding, standingKey, STANDINGS, type StandingDocument } from '../standing/standings-view.ts'
import { requirementsOf, soaking } from '../standing/tiers.ts'
import type { Verdict } from '../standing/verdict.ts'
import { agreeAt } from './acting.ts'
import { badgeOf } from './reactor.ts'

/**
 * What an application needs to know of the standing and of the badge, which lie on its right: the engine's own answers by the
 * facts of the moment, and the badge's own agreement. The person who reads the one and causes the other closes the loop.
 */
export const decidingPorts: Ports = {
  async standingOf(desk, of, { catalogue }) {
    const facts = await desk.documents.get<Facts>(FACTS, of.app)
    if (facts === null) return { hash: null, judged: [] }
    const { before, verdicts } = await judged(catalogue, facts, desk.now, desk)
    const left = new Map(soaking(catalogue, of.tier, verdicts, desk.now).map((one) => [one.requirement, one.left_ms]))
    const by_id = new Map(verdicts.map((verdict) => [verdict.requirement, verdict]))
    return {
      hash: before?.hash ?? null,
      judged: requirementsOf(catalogue, of.tier).flatMap(({ id, title, pillar, met_when }) => {
        const verdict = by_id.get(id)
        if (verdict === undefined) return []
        const { verdict: word, due_at } = verdict
        const [says, change, operators] = [sentence(verdict.says), sentence(verdict.change), isOperators(verdict)]
        const records = met_when === undefined ? [] : recordsIn(met_when)
        const soak_left_ms = left.get(id) ?? null
        return [{ requirement: id, title, pillar, verdict: word, says, change, operators, records, due_at, soak_left_ms }]
      }),
    }
  },
  async changedSince(desk, of, hash) {
    const events = await desk.log.stream(standingStream(of.programme, of.app))
    const place = events.findIndex((event) => event.hash === hash)
    const now = await desk.documents.get<StandingDocument>(STANDINGS, standingKey(of.programme, of.app))
    if (place === -1 || now === null) return []
    const then = events
      .slice(0, place + 1)
      .reduce<StandingDocument | null>((before, event: RecordedEvent) => foldStanding(before, event), null)
    const words = new Map(then?.verdicts.map((verdict) => [verdict.requirement, verdict.verdict]))
    return now.verdicts.flatMap(({ requirement, verdict }) => {
      const before = words.get(requirement)
      return before === verdict ? [] : [`${requirement} was ${before ?? 'not asked'} and is ${verdict}`]
    })
  },
  async badgeHeld(desk, of) {
    const { word } = await badgeOf(desk, of)
    return word === 'active' || word === 'at_risk' || word === 'suspended'
  },
  async agree(house, desk, of, on, standing_hash, standing_by) {
    return (await agreeAt(house, desk, of, on, standing_hash, standing_by)).word === 'active'
  },
}

/** What the partner cannot mend: our own blindness, and what waits for the operator's look or decision. */
const isOperators = ({ blind, change }: Verdict): boolean =>
  blind === 'ours' || change.code === 'standing.operator_looks' || change.code === 'standing.operator_decides'

/** The kinds of records among the ways in which a requirement is met. */
function recordsIn(way: MetWhen): readonly string[] {
  if ('record' in way) return [way.record.kind]
  if ('all_of' in way) return way.all_of.flatMap(recordsIn)
  if ('any_of' in way) return way.any_of.flatMap(recordsIn)
  if ('first_of' in way) return way.first_of.flatMap(recordsIn)
  return []
}

const TEXTS: Messages = { ...SCANNING, ...STANDING }

/** The log outlives texts: a sentence whose code has gone is shown as its code. */
const sentence = (one: Says): string => (Object.hasOwn(TEXTS, one.code) ? render(one, TEXTS) : one.code)
