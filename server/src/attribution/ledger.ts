import type { Decider } from '../kernel/decider.ts'
import type { Duration } from '../kernel/duration.ts'
import { lengthMs } from '../kernel/duration.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { after, ms, type Instant } from '../kernel/time.ts'
import type { Policy } from '../programmes/schema.ts'
import type { LedgerEvent, LedgerSide, Occurrence } from './events.ts'

/**
 * Whose doing an outage was. Whoever says so gives a reason, and somebody else of the operator who has no part in it signs;
 * only then do minutes stop to count. Declined entries are looked at once more, by a third person. Nothing is deleted.
 */
export type LedgerState = { readonly entries: { readonly [entry: string]: EntryState } }

export type EntryState = {
  readonly status: 'proposed' | 'signed' | 'declined' | 'contested' | 'upheld' | 'reversed'
  readonly cause: string
  readonly endpoint: string | null
  readonly occurrences: readonly Occurrence[]
  readonly counted: boolean
  readonly reverses: string | null
  readonly author: string
  readonly decliner: string | null
  readonly declined_at: Instant | null
}

export type AttributionPolicy = Extract<Policy, { readonly kind: 'attribution' }>

export type LedgerCommand = { readonly app: string; readonly entry: string } & (
  | {
      readonly act: 'propose'
      readonly cause: string
      readonly endpoint: string | null
      readonly recurrence: string | null
      readonly occurrences: readonly Occurrence[]
      readonly reverses: string | null
      readonly side: LedgerSide
      readonly author: string
      readonly evidence: readonly Digest[]
      readonly policy: AttributionPolicy
    }
  | { readonly act: 'sign'; readonly person: string; readonly involved: boolean }
  | { readonly act: 'decline'; readonly person: string; readonly involved: boolean; readonly evidence: readonly Digest[] }
  | { readonly act: 'contest'; readonly evidence: readonly Digest[]; readonly policy: AttributionPolicy }
)

/** Which act is possible on an entry in which state. */
export const allowed: { readonly [status in 'absent' | EntryState['status']]: readonly LedgerCommand['act'][] } = {
  absent: ['propose'],
  proposed: ['sign', 'decline'],
  signed: [],
  declined: ['contest'],
  contested: ['sign', 'decline'],
  upheld: [],
  reversed: [],
}

export const MAINTENANCE = 'maintenance'

export const ledger: Decider<LedgerState, LedgerCommand, LedgerEvent> = {
  initial: { entries: {} },
  decide(command, state, now) {
    const { app, entry } = command
    const known = state.entries[entry]
    const status = known?.status ?? 'absent'
    if (!allowed[status].includes(command.act)) throw new Refused('attribution.wrong_state', SENTENCE[status], entry)
    switch (command.act) {
      case 'propose': {
        checkProposed(command, state, now)
        const { act: _, policy, ...payload } = command
        const counted = policy.causes.find(({ id }) => id === command.cause)?.counted ?? false
        return [{ type: 'attribution.entry_proposed', payload: { ...payload, counted } }]
      }
      case 'sign': {
        checkHand(command, known)
        return [{ type: 'attribution.entry_signed', payload: { app, entry, person: command.person } }]
      }
      case 'decline': {
        checkHand(command, known)
        const { person, evidence } = command
        const type = status === 'contested' ? 'attribution.decline_upheld' : 'attribution.entry_declined'
        return [{ type, payload: { app, entry, person, evidence } }]
      }
      case 'contest': {
        const declined_at = known?.declined_at ?? now
        if (now > after(declined_at, lengthMs(command.policy.contest_within as Duration))) {
          throw new Refused('attribution.too_late', 'The time in which a declined entry could be looked at again is over.', entry)
        }
        return [{ type: 'attribution.entry_contested', payload: { app, entry, evidence: command.evidence } }]
      }
    }
  },
  evolve(state, event) {
    const { entry } = event.payload
    const change = (to: Partial<EntryState>): LedgerState => {
      const known = state.entries[entry]
      return known === undefined ? state : { entries: { ...state.entries, [entry]: { ...known, ...to } } }
    }
    switch (event.type) {
      case 'attribution.entry_proposed': {
        const { cause, endpoint, occurrences, counted, reverses, author } = event.payload
        const fresh: EntryState = {
          status: 'proposed',
          cause,
          endpoint,
          occurrences,
          counted,
          reverses,
          author,
          decliner: null,
          declined_at: null,
        }
        return { entries: { ...state.entries, [entry]: fresh } }
      }
      case 'attribution.entry_signed': {
        const signed = change({ status: 'signed' })
        const reversed = signed.entries[entry]?.reverses ?? null
        const other = reversed === null ? undefined : signed.entries[reversed]
        return reversed === null || other === undefined
          ? signed
          : { entries: { ...signed.entries, [reversed]: { ...other, status: 'reversed' } } }
      }
      case 'attribution.entry_declined':
        return change({ status: 'declined', decliner: event.payload.person, declined_at: event.at })
      case 'attribution.entry_contested':
        return change({ status: 'contested' })
      case 'attribution.decline_upheld':
        return change({ status: 'upheld' })
    }
  },
}

const SENTENCE = {
  absent: 'There is no such entry.',
  proposed: 'It waits for somebody to sign or to decline it.',
  signed: 'It is signed. A mistake is corrected by an entry that takes it back.',
  declined: 'It was declined; its author may have somebody else look at it.',
  contested: 'It waits for somebody who has not looked at it yet.',
  upheld: 'Two people have declined it; it is closed.',
  reversed: 'It was taken back by a later entry.',
} as const satisfies Record<'absent' | EntryState['status'], string>

/** Nobody signs for themselves, nobody of the partner signs at all, and who declined once does not look a second time. */
function checkHand(command: { readonly person: string; readonly involved: boolean }, known: EntryState | undefined): void {
  if (command.involved) throw new Refused('attribution.involved', 'You belong to whoever makes the app; somebody else has to look at it.')
  if (known?.author === command.person) throw new Refused('attribution.own_entry', 'You have written it; somebody else has to look at it.')
  if (known?.status === 'contested' && known.decliner === command.person) {
    throw new Refused('attribution.looked_before', 'You have declined it; somebody else has to look at it now.')
  }
}

type Proposal = Extract<LedgerCommand, { readonly act: 'propose' }>

function checkProposed(command: Proposal, state: LedgerState, now: Instant): void {
  const { cause, occurrences, reverses, policy } = command
  if (reverses !== null) {
    const other = state.entries[reverses]
    if (other?.status !== 'signed')
      throw new Refused('attribution.nothing_to_reverse', 'Only a signed entry can be taken back.', 'reverses')
    return
  }
  const [first] = occurrences
  if (first === undefined) throw new Refused('attribution.no_time', 'It is about no time at all.', 'from')
  if (occurrences.some(({ from, to }) => from >= to)) throw new Refused('attribution.no_time', 'It ends before it begins.', 'to')
  if (cause === MAINTENANCE) checkMaintenance(command, state, now)
  else checkFault(command, policy, now)
}

function checkMaintenance({ occurrences, policy, endpoint }: Proposal, state: LedgerState, now: Instant): void {
  const { notice, most, per, ahead } = policy.maintenance
  const soonest = after(now, lengthMs(notice as Duration))
  if (occurrences.some(({ from }) => from < soonest)) {
    throw new Refused('attribution.too_soon', `Planned downtime is said ${notice} ahead, so not before ${soonest}.`, 'from')
  }
  const latest = after(now, lengthMs(ahead as Duration))
  if (occurrences.some(({ to }) => to > latest)) {
    throw new Refused('attribution.too_far', `Downtime is planned at most ${ahead} ahead, so not after ${latest}.`, 'to')
  }
  const planned = Object.values(state.entries)
    .filter((one) => one.cause === MAINTENANCE && (one.status === 'proposed' || one.status === 'signed'))
    .filter((one) => one.endpoint === null || endpoint === null || one.endpoint === endpoint)
    .flatMap((one) => one.occurrences)
  const window_ms = lengthMs(per as Duration)
  const allowed_ms = most * window_ms
  const worst = fullestWindow([...planned, ...occurrences], window_ms)
  if (worst.ms > allowed_ms) {
    const minutes = (span_ms: number): number => Math.floor(span_ms / 60_000)
    throw new Refused(
      'attribution.too_much',
      `With it ${minutes(worst.ms)} minutes of the ${per} from ${worst.from} would be planned downtime; ${minutes(allowed_ms)} are allowed.`,
      'to',
    )
  }
}

/** The window that holds most of some times, tried at the beginning of each of them. */
function fullestWindow(times: readonly Occurrence[], window_ms: number): { readonly from: Instant; readonly ms: number } {
  let worst: { readonly from: Instant; readonly ms: number } = { from: times[0]?.from ?? ('' as Instant), ms: 0 }
  for (const { from } of times) {
    const begins = ms(from)
    const ends = begins + window_ms
    const sum = times.reduce((total, one) => total + Math.max(0, Math.min(ms(one.to), ends) - Math.max(ms(one.from), begins)), 0)
    if (sum > worst.ms) worst = { from, ms: sum }
  }
  return worst
}

function checkFault({ cause, occurrences }: Proposal, policy: AttributionPolicy, now: Instant): void {
  if (!policy.causes.some(({ id }) => id === cause)) {
    const known = [MAINTENANCE, ...policy.causes.map(({ id }) => id)].join(', ')
    throw new Refused('attribution.no_such_cause', `"${cause}" is no cause here; ${known} are.`, 'cause')
  }
  if (occurrences.some(({ to }) => to > now)) throw new Refused('attribution.not_over', 'It is not over yet; say when it ended.', 'to')
  const oldest = after(now, -lengthMs(policy.within as Duration))
  if (occurrences.some(({ from }) => from < oldest)) {
    throw new Refused('attribution.too_old', `An outage is attributed within ${policy.within}, so from ${oldest} on.`, 'from')
  }
}
