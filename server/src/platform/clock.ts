import { randomBytes } from 'node:crypto'
import { idFrom } from '../kernel/id.ts'
import { instant, type Instant } from '../kernel/time.ts'

/** The one place where the product asks what time it is. */
export type Clock = { readonly now: () => Instant }

/** The machine's clock. */
export const systemClock: Clock = { now: () => instant(Date.now()) }

/** The machine's clock moved forward by an offset that may grow: the demo's. */
export function shiftedClock(
  offset_ms: number,
): Clock & { readonly advance: (milliseconds: number) => void; readonly offset_ms: () => number } {
  let offset = offset_ms
  return {
    now: () => instant(Date.now() + offset),
    advance: (milliseconds) => {
      offset += milliseconds
    },
    offset_ms: () => offset,
  }
}

/** A new id, `app_01jd…`. */
export const newId = (prefix: string): string => idFrom(prefix, Date.now(), randomBytes(10))
