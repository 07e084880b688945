import type { NewEvent } from '../src/kernel/event.ts'
import { says, type Blindness, type Outcome, type Says } from '../src/kernel/says.ts'
import type { Instant } from '../src/kernel/time.ts'
import type { Check } from '../src/scanning/check.ts'
import { CHECKS } from '../src/scanning/checks/index.ts'
import { eventsOf, type LastJudged } from '../src/scanning/record.ts'
import type { Actor } from './actor.ts'
import type { Fault } from './faults.ts'

/** What the last scan said, check by check. */
export type ScanMemory = LastJudged

type Answer = { readonly outcome: Outcome; readonly reason: string | null; readonly blind: Blindness | null }

const PASS: Answer = { outcome: 'pass', reason: null, blind: null }
const FAIL: Answer = { outcome: 'fail', reason: null, blind: null }
const OUT_OF_SCOPE: Answer = { outcome: 'not_applicable', reason: 'platform', blind: null }

/** A scan of a simulated app: what the real scanner would record, by the faults that last. */
export function scanned(
  actor: Actor,
  faults: readonly Fault[],
  blind: boolean,
  consent: boolean,
  at: Instant,
  memory: ScanMemory,
): { readonly events: readonly NewEvent[]; readonly memory: ScanMemory } {
  const { description } = actor
  const checks = CHECKS.map((check) => {
    const answer = answerOf(check, actor, faults, blind, consent)
    return { check: check.id, ...answer, says: sayingOf(check, answer), findings: [], evidence: [] }
  })
  const app_key = description.key ?? actor.app
  const result = { app_key, descriptor: description.digest, consent, started_at: at, finished_at: at, checks, evidence: [] }
  const after = Object.fromEntries(checks.map(({ check, outcome, reason, blind: whose }) => [check, { outcome, reason, blind: whose }]))
  return { events: eventsOf(actor.app, result, memory, description.digest), memory: after }
}

function answerOf(check: Check, actor: Actor, faults: readonly Fault[], blind: boolean, consent: boolean): Answer {
  const { platform, hosting } = actor.description
  if ((check.id.startsWith('forge-') && platform !== 'forge') || (CONNECT_ONLY.has(check.id) && platform !== 'connect')) return OUT_OF_SCOPE
  const asks = check.needs.some((name) => name !== 'descriptor')
  if (!asks) return faults.some((fault) => fault.check === check.id) ? FAIL : PASS
  if (hosting === 'platform') return OUT_OF_SCOPE
  if (check.risk !== 'passive' && !consent) return { outcome: 'inconclusive', reason: 'no_consent', blind: 'theirs' }
  if (blind) return { outcome: 'inconclusive', reason: 'network', blind: 'ours' }
  if (faults.some(({ kind }) => kind === 'outage' || kind === 'blocks_us'))
    return { outcome: 'inconclusive', reason: 'unavailable', blind: 'theirs' }
  return faults.some((fault) => fault.kind === 'insecure' && fault.check === check.id) ? FAIL : PASS
}

const CONNECT_ONLY: ReadonlySet<string> = new Set(['connect-authentication-jwt', 'install-hook-signed'])

function sayingOf(check: Check, { outcome, reason }: Answer): Says {
  switch (outcome) {
    case 'pass':
      return says('scanning.title', { title: check.title.pass })
    case 'fail':
    case 'review':
      return says('scanning.title', { title: check.title.fail })
    case 'inconclusive':
      return says('scanning.unseen', { what: check.needs.join(', '), detail: reason })
    case 'not_applicable':
      return says('scanning.title', { title: 'This is not asked of apps of this kind' })
  }
}
