// A server's watch and nothing else, on a clock of its own, for a test that kills it: counts a minute after the other and
// tells its parent of each that was written down.
import { appsView } from '../src/directory/apps-view.ts'
import { opaque } from '../src/kernel/flow.ts'
import { instant, MINUTE_MS } from '../src/kernel/time.ts'
import { pipeline } from '../src/platform/dispatch.ts'
import { openDatabase } from '../src/platform/sql/open.ts'
import { alertsView, daysView, endpointsView, objectivesView } from '../src/reliability/view.ts'
import { watchOver } from '../src/reliability/watch.ts'
import { testHouse } from './house.ts'
import { watchedPack } from './watched.ts'

const [folder = '', database_url = '', controls = '', target = '', from = '0'] = process.argv.slice(2)
let now_ms = Number(from) * MINUTE_MS
const clock = { now: () => instant(now_ms) }
const database = await openDatabase({ clock, data_directory: folder, database_url: database_url === '' ? undefined : database_url })
const house = await testHouse({ database, close: () => database.close() }, clock, {
  pipeline: pipeline([opaque(appsView), opaque(daysView), opaque(objectivesView), opaque(endpointsView), opaque(alertsView)], []),
  packs: [watchedPack()],
  environment: { CONTROL_TARGETS: controls },
  allow_targets: [target, ...controls.split(',').map((url) => new URL(url).host)],
})
const watch = watchOver(house)
const { signal } = new AbortController()
for (;;) {
  now_ms = now_ms - (now_ms % MINUTE_MS) + 50_000
  await watch.tick(signal)
  await watch.answered()
  await watch.tick(signal)
  const minute = Math.floor(now_ms / MINUTE_MS)
  const rows = await house.act({ kind: 'machine', name: 'test' }, 'probe-app', {}, (desk) =>
    desk.sql
      .selectFrom('minute_count')
      .select(['subject', 'good', 'total'])
      .where('minute', '=', minute)
      .where('indicator', '=', 'availability')
      .execute(),
  )
  process.send?.({ minute, rows })
  now_ms += MINUTE_MS
}
