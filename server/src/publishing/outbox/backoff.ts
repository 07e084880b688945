import { after, HOUR_MS, SECOND_MS, type Instant } from '../../kernel/time.ts'

const FIRST_MS = 30 * SECOND_MS
const LONGEST_MS = 6 * HOUR_MS

/** After so many attempts, about a day and a half, a delivery is dead and waits for a person. */
export const MOST_ATTEMPTS = 15

/**
 * When to try again after so many failures: twice as long each time, up to six hours, and half of it by chance (0 to 1), so
 * that what failed together does not come back together.
 */
export function nextAttempt(failures: number, now: Instant, chance: number): Instant {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1))
  return after(now, Math.round(whole / 2 + (whole / 2) * chance))
}
