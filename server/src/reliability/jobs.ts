import type { House, Job } from '../house.ts'
import { watchOver, type Watch } from './watch.ts'

/** One watch a house: it holds what it has counted. */
const watches = new WeakMap<House, Watch>()

/** Asks the apps and counts their minutes. Answers are written within a second of their coming. */
export const probeJob: Job = {
  name: 'probe-apps',
  every_ms: 1_000,
  async run(house, signal) {
    const known = watches.get(house)
    const watch = known ?? watchOf(house)
    if (known === undefined) signal.addEventListener('abort', watch.stop, { once: true })
    await watch.tick(signal)
  },
}

function watchOf(house: House): Watch {
  const watch = watches.get(house) ?? watchOver(house)
  watches.set(house, watch)
  return watch
}

/** Keeps a house's watch from counting while something else writes minutes: the demo, when its clock is moved. */
export const holdWatch = <T>(house: House, work: () => Promise<T>): Promise<T> => watchOf(house).hold(work)
