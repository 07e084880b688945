import type { House, Job } from '../../house.ts'
import { MINUTE_MS } from '../../kernel/time.ts'
import { cutDueEditions } from './cutting.ts'

/** An edition is for a day; a look every few minutes is soon enough. */
export const cutEditionsJob: Job = {
  name: 'cut-editions',
  every_ms: 5 * MINUTE_MS,
  run: async (house: House, signal) => void (await cutDueEditions(house, signal)),
}
