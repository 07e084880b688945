// The server as `castellan serve` starts it, for tests that talk to it over HTTP alone: apps may lie on loopback, scans follow
// each other quickly, and the clock moves when the parent says so.
import { shiftedClock } from '../src/platform/clock.ts'
import { readConfig } from '../src/platform/config.ts'
import { createLogger } from '../src/platform/logging.ts'
import { openHouse } from '../src/open-house.ts'
import { jobsOf } from '../src/pipeline.ts'
import { scanJob } from '../src/scanning/jobs.ts'
import { serve } from '../src/serving.ts'
import type { ServeRequest, ServeAnswer } from './served.ts'

const tell = (answer: ServeAnswer): void => void process.send?.(answer)
const { targets, ca, jobs, offset_ms, names } = JSON.parse(process.argv[2] ?? '{}') as Extract<ServeRequest, { kind: 'start' }>

const clock = shiftedClock(offset_ms)
const house = await openHouse({
  config: readConfig(process.env),
  clock,
  log: createLogger(process.env['LOG_LEVEL'] ?? 'fatal'),
  test_targets: targets,
  ...(ca === null ? {} : { extra_ca: ca }),
  ...(names === null ? {} : { resolver: async (name) => names[name] ?? noSuchName(name) }),
})

function noSuchName(name: string): never {
  throw Object.assign(new Error(`no such name: ${name}`), { code: 'ENOTFOUND' })
}

const extra = ca === null ? {} : { extra_ca: ca }
const quick = scanJob({ ...extra, politeness: { connections: 4, per_second: 1_000 }, second_look_after_ms: 1, every_ms: 200 })
const serving = await serve(house, jobs ? jobsOf(extra).map((job) => (job.name === quick.name ? quick : job)) : [])
process.on('message', (request: ServeRequest) => {
  if (request.kind !== 'advance') return
  clock.advance(request.ms)
  tell({ kind: 'advanced' })
})
// The parent closes the channel to stop it in order; a kill asks nobody.
process.on('disconnect', () => {
  void serving
    .close()
    .then(() => house.close())
    .then(() => process.exit(0))
})
tell({ kind: 'serving', url: serving.url })
