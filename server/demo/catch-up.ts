import { adoptProgrammes } from '../src/directory/adopting.ts'
import type { House } from '../src/house.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import type { shiftedClock } from '../src/platform/clock.ts'
import { sweep } from '../src/sweeping.ts'

/**
 * Moves the demo's clock on, a day at most at a time. In the skipped time every app behaves as it does now, the watch keeps
 * watching, rules come into force on their day, and whatever falls due happens.
 */
export async function catchUp(house: House, clock: ReturnType<typeof shiftedClock>, milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= DAY_MS) {
    clock.advance(Math.min(left, DAY_MS))
    await adoptProgrammes(house)
    await sweep(house)
  }
}
