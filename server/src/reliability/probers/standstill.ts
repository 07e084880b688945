import { performance } from 'node:perf_hooks'

/** Notices when this program itself stands still, so that its own slowness is never told as an app's. */
export type Standstill = {
  /** The longest standstill since a moment of `performance.now()`, one that still lasts included. */
  readonly since: (begun_ms: number) => number
  readonly stop: () => void
}

/** Coarse enough to cost nothing, fine enough for a tenth of three seconds. */
const BEAT_MS = 100
/** No exchange lasts longer. */
const KEPT_MS = 60_000

/** Starts a heartbeat. What it is late by is how long the event loop stood still. */
export function startStandstill(beat_ms = BEAT_MS): Standstill {
  let before_ms = performance.now()
  let late: { readonly at_ms: number; readonly late_ms: number }[] = []
  const timer = setInterval(() => {
    const now_ms = performance.now()
    const late_ms = now_ms - before_ms - beat_ms
    before_ms = now_ms
    if (late_ms < beat_ms) return
    late = [...late.filter(({ at_ms }) => now_ms - at_ms < KEPT_MS), { at_ms: now_ms, late_ms }]
  }, beat_ms)
  timer.unref()
  return {
    since: (begun_ms) =>
      late.reduce((most, one) => (one.at_ms >= begun_ms ? Math.max(most, one.late_ms) : most), performance.now() - before_ms - beat_ms),
    stop: () => clearInterval(timer),
  }
}
