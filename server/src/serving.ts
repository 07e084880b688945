import type { AddressInfo } from 'node:net'
import type { Acting } from './enrolment/authorise.ts'
import type { Job, House } from './house.ts'
import type { Refused } from './kernel/refused.ts'
import { adoptProgrammes } from './directory/adopting.ts'
import { isLoopback } from './platform/config.ts'
import { openControl } from './platform/control.ts'
import { createHttp } from './platform/http/app.ts'
import { registerControlRoutes } from './platform/http/control-routes.ts'
import { registerHealthRoutes } from './platform/http/health-routes.ts'
import { refuseForeign } from './enrolment/foreign.ts'
import { whoAsks } from './enrolment/who-asks.ts'
import { MESSAGES } from './messages.ts'
import { explain } from './publishing/explain.ts'
import { problemPage } from './publishing/pages/problem.tsx'
import { ROUTES } from './routes.ts'
import { readImpact } from './standing/impact.ts'
import { startJobs } from './runner.ts'
import { VERSION } from './version.ts'
import { createAdminLink } from './enrolment/admin-link.ts'

/** What the demo adds to a server: its clock can be moved and its apps broken, by the person at the terminal. */
export type DemoControls = {
  readonly now: () => string
  readonly advance: (milliseconds: number) => Promise<string>
  readonly fault: (app: string, fault: string, on: boolean) => Promise<readonly string[]>
  readonly apps: () => readonly { readonly app: string; readonly faults: readonly string[] }[]
}

/** Events that the command line is given at once. */
const EVENTS_AT_ONCE = 1_000

export type Serving = {
  readonly url: string
  /** Comes when the storage has given itself up: everything but a new start is pointless then. */
  readonly given_up: Promise<Refused>
  /** Takes no more requests, finishes those that are there, and ends. */
  readonly close: () => Promise<void>
}

const TERMINAL: Acting = { kind: 'machine', name: 'terminal' }

/** Requests a minute that one address may send; a page and its pictures are about five. */
const REQUESTS_A_MINUTE = 1_200

/** Serves pages and interface, and runs the jobs, until it is closed. */
export async function serve(house: House, jobs: readonly Job[], demo: DemoControls | null = null): Promise<Serving> {
  const { config } = house
  let url = house.public_url()
  const app = await createHttp({
    log: house.log,
    public_url: () => url,
    trust_proxy: config.trust_proxy,
    whoAsks: whoAsks(house.database, house.marketplace, () => url),
    refuseForeign: refuseForeign(() => url),
    problemPage: (problem, request) => problemPage(house, problem, request, demo),
    version: VERSION,
    requests_a_minute: REQUESTS_A_MINUTE,
  })
  let stopping = false
  registerHealthRoutes(app, house, () => stopping)
  for (const register of ROUTES) register(app, house, demo)
  const control = { key: '' }
  registerControlRoutes(app, {
    key: () => control.key,
    adminLink: () => createAdminLink(house.database, house.marketplace, url),
    // Whoever has the key of the data directory may read all of it anyway.
    explain: (id, requirement) => house.act(TERMINAL, 'read-app', {}, (desk) => explain(desk, house.packs, MESSAGES, id, requirement)),
    impact: (programme, version) => house.act(TERMINAL, 'read-app', {}, (desk) => readImpact(house.packs, desk, programme, version)),
    log: (after) => house.act(TERMINAL, 'read-log', {}, (desk) => desk.log.after(after, EVENTS_AT_ONCE)),
    demo,
  })
  await adoptProgrammes(house)
  await app.listen({ host: config.host, port: config.port })
  const { port } = app.server.address() as AddressInfo
  if (config.public_url === null) url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  const reachable = isLoopback(config.host) ? url : `http://127.0.0.1:${port}`
  const opened = openControl(config.data_directory, reachable)
  control.key = opened.key
  const running = startJobs(house, jobs)
  return {
    url,
    given_up: house.database.given_up,
    close: async () => {
      stopping = true
      await running.stop()
      await app.close()
      opened.close()
    },
  }
}
