import { DAY_MINUTES, type MinuteKind } from '../src/reliability/window.ts'
import type { Chance } from './chance.ts'

/** What goes wrong, with an app or with us. Minutes since 1970; `to` is the first minute at which it is over. */
export type Fault = {
  readonly kind:
    | 'outage'
    /** The app answers, and a security check fails. */
    | 'insecure'
    /** The app lets nobody look: neither probes nor scans get an answer that can be judged. */
    | 'blocks_us'
    /** The partner lets records, forms and attestations lapse. */
    | 'neglect'
    /** Ours: the watch sees nothing, and nobody pays for it. */
    | 'our_blindness'
  readonly from: number
  readonly to: number
  /** The check that fails while it lasts. */
  readonly check?: string
}

/** How prone to trouble an app is. Means in days; shares from 0 to 1. */
export type Temper = {
  readonly days_between_outages: number
  readonly outage_minutes: number
  readonly days_between_holes: number
  readonly hole_days: number
  readonly days_between_blocks: number
  readonly neglects: number
}

/** Four kinds of partners; most are decent. */
export const TEMPERS = {
  steady: {
    days_between_outages: 90,
    outage_minutes: 6,
    days_between_holes: 500,
    hole_days: 2,
    days_between_blocks: 2_000,
    neglects: 0.02,
  },
  decent: { days_between_outages: 40, outage_minutes: 15, days_between_holes: 250, hole_days: 6, days_between_blocks: 800, neglects: 0.08 },
  shaky: { days_between_outages: 12, outage_minutes: 40, days_between_holes: 90, hole_days: 25, days_between_blocks: 250, neglects: 0.3 },
  gone: {
    days_between_outages: 60,
    outage_minutes: 2_000,
    days_between_holes: 60,
    hole_days: 200,
    days_between_blocks: 120,
    neglects: 0.9,
  },
} as const satisfies { readonly [name: string]: Temper }

export type TemperName = keyof typeof TEMPERS

/** The faults of one app over a stretch, in order of their start. */
export function faultsOf(chance: Chance, temper: Temper, checks: readonly string[], from: number, to: number): readonly Fault[] {
  const faults: Fault[] = []
  for (let at = from; ;) {
    at += Math.ceil(chance.wait(temper.days_between_outages) * DAY_MINUTES)
    if (at >= to) break
    faults.push({ kind: 'outage', from: at, to: at + 1 + Math.floor(chance.wait(temper.outage_minutes)) })
  }
  for (let at = from; ;) {
    at += Math.ceil(chance.wait(temper.days_between_holes) * DAY_MINUTES)
    if (at >= to) break
    const lasts = 1 + Math.floor(chance.wait(temper.hole_days) * DAY_MINUTES)
    faults.push({ kind: 'insecure', from: at, to: at + lasts, check: chance.pick(checks) })
  }
  for (let at = from; ;) {
    at += Math.ceil(chance.wait(temper.days_between_blocks) * DAY_MINUTES)
    if (at >= to) break
    faults.push({ kind: 'blocks_us', from: at, to: at + Math.ceil(chance.wait(12) * DAY_MINUTES) })
  }
  if (chance.happens(temper.neglects)) {
    const at = from + Math.floor(chance.share() * (to - from))
    faults.push({ kind: 'neglect', from: at, to })
  }
  return faults.sort((a, b) => a.from - b.from)
}

/** Our own blindness: rare, shared by all apps. */
export function ownFaults(chance: Chance, from: number, to: number): readonly Fault[] {
  const faults: Fault[] = []
  for (let at = from; ;) {
    at += Math.ceil(chance.wait(45) * DAY_MINUTES)
    if (at >= to) break
    faults.push({ kind: 'our_blindness', from: at, to: at + 1 + Math.floor(chance.wait(180)) })
  }
  return faults
}

/** Equal minutes of an app between two minutes, in order: what a probe would have said. */
export function runsOf(
  faults: readonly Fault[],
  own: readonly Fault[],
  from: number,
  to: number,
): readonly { readonly kind: MinuteKind; readonly minutes: number }[] {
  const touching = [...own, ...faults].filter((fault) => fault.from < to && fault.to > from && WORD[fault.kind] !== null)
  if (touching.length === 0) return [{ kind: 'good', minutes: to - from }]
  const cuts = [...new Set([from, to, ...touching.flatMap((fault) => [Math.max(from, fault.from), Math.min(to, fault.to)])])].sort(
    (a, b) => a - b,
  )
  const runs: { kind: MinuteKind; minutes: number }[] = []
  for (let place = 0; place + 1 < cuts.length; place++) {
    const start = cuts[place] ?? from
    const end = cuts[place + 1] ?? to
    const here = touching.filter((fault) => fault.from <= start && fault.to > start)
    // What we could not see stays unseen, whatever the app did meanwhile.
    const kind: MinuteKind = here.some((fault) => WORD[fault.kind] === 'unknown') ? 'unknown' : here.length > 0 ? 'bad' : 'good'
    const last = runs.at(-1)
    if (last?.kind === kind) last.minutes += end - start
    else runs.push({ kind, minutes: end - start })
  }
  return runs
}

/** What a fault makes of the minutes in which it lasts; null where probes do not notice it. */
const WORD = { outage: 'bad', insecure: null, blocks_us: 'unknown', neglect: null, our_blindness: 'unknown' } as const satisfies Record<
  Fault['kind'],
  MinuteKind | null
>

/** The faults that last at a minute. */
export const faultsAt = (faults: readonly Fault[], minute: number): readonly Fault[] =>
  faults.filter((fault) => fault.from <= minute && fault.to > minute)
