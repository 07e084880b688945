import type { House, Job } from '../house.ts'
import { watchOver, type Watch } from './watch.ts'

/** One watch a house: it holds what it has counted. */
const watches = new WeakMap<House, Watch>()

/** Asks the apps and counts their minutes. Answers are written within a second of their coming. */
export const probeJob: Job = {
  name: 'probe-apps',
  every_ms: 1_000,
  async run(house, signal) {
    let watch = watches.get(house)
    if (watch === undefined) {
      watch = watchOver(house)
      watches.set(house, watch)
      signal.addEventListener('abort', watch.stop, { once: true })
    }
    await watch.tick(signal)
  },
}
