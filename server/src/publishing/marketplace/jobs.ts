import type { House, Job } from '../../house.ts'
import { MINUTE_MS } from '../../kernel/time.ts'
import { readListingsBack } from './reading-back.ts'

/** Looks at listings whose time has come; the settings say how often that is. */
export const readListingsJob: Job = {
  name: 'read-listings-back',
  every_ms: 2 * MINUTE_MS,
  run: async (house: House, signal) => void (await readListingsBack(house, signal)),
}
