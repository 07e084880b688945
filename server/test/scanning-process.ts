// A server's scanner and nothing else, for a test that kills it: registers its apps when it finds none, scans what is due,
// tells its parent of each scan that was written down, and when nothing is left to do.
import { appsView } from '../src/directory/apps-view.ts'
import { registerApp } from '../src/directory/registering.ts'
import type { RecordedEvent } from '../src/kernel/event.ts'
import { opaque, type View } from '../src/kernel/flow.ts'
import { systemClock } from '../src/platform/clock.ts'
import { pipeline } from '../src/platform/dispatch.ts'
import { openDatabase } from '../src/platform/sql/open.ts'
import { SCANNER } from '../src/scanning/due.ts'
import { scanJob } from '../src/scanning/jobs.ts'
import { scansView } from '../src/scanning/scans-view.ts'
import { testHouse } from './house.ts'

const [folder = '', port = '0', count = '0'] = process.argv.slice(2)
const database = await openDatabase({ clock: systemClock, data_directory: folder })
const told: View<null> = {
  name: 'test.told',
  version: 1,
  listens: ['scanning.scan_finished'],
  keys: (event: RecordedEvent) => {
    process.send?.({ kind: 'recorded', app: event.subject })
    return []
  },
  initial: null,
  fold: () => null,
}
const house = await testHouse({ database, close: () => database.close() }, systemClock, {
  pipeline: pipeline([opaque(appsView), opaque(scansView), opaque(told)], []),
  allow_targets: [`127.0.0.1:${port}`],
})
const known = await house.act(SCANNER, 'scan-app', {}, (desk) => desk.documents.list('directory.apps'))
for (let n = known.length; n < Number(count); n++) {
  const text = JSON.stringify({
    key: `com.example.n${n}`,
    name: `App ${n}`,
    vendor: { name: 'Acme' },
    baseUrl: `https://127.0.0.1:${port}/${n}`,
    authentication: { type: 'jwt' },
    modules: { generalPages: [{ key: 'page', name: { value: 'Page' }, url: '/page' }] },
  })
  await registerApp(
    house,
    {
      kind: 'person',
      person: 'per_1',
      session: 's',
      memberships: [{ organisation: 'org_op', kind: 'operator', role: 'operator-admin' }],
    },
    { brought: { bytes: new TextEncoder().encode(text), source_url: null } },
  )
}
const stopping = new AbortController()
await scanJob({ extra_ca: process.env['CA'] ?? '', politeness: { connections: 4, per_second: 1_000 }, second_look_after_ms: 1 }).run(
  house,
  stopping.signal,
)
process.send?.({ kind: 'done' })
stopping.abort()
await database.close()
process.disconnect()
