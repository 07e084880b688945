import { createServer, type Server } from 'node:http'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { House } from '../src/house.ts'
import { Refused } from '../src/kernel/refused.ts'
import { between, DAY_MS, ms, SECOND_MS, type Instant } from '../src/kernel/time.ts'
import { shiftedClock, systemClock, type Clock } from '../src/platform/clock.ts'
import type { Config } from '../src/platform/config.ts'
import { secret } from '../src/platform/crypto.ts'
import { openHouse } from '../src/open-house.ts'
import { jobsOf } from '../src/pipeline.ts'
import { planReviews } from '../src/publishing/reviewing.ts'
import { serve, type DemoControls, type Serving } from '../src/serving.ts'
import { APPS, type AppDocument } from '../src/directory/apps-view.ts'
import { moveApp } from '../src/directory/registering.ts'
import { FAULTS } from '../../examples/issue-templates/server/faults.ts'
import { startApps, type DemoApps } from './apps.ts'
import { CAST } from './cast.ts'
import { authority } from './certificate.ts'
import { freePort, readMark, writeMark, type Mark } from './mark.ts'
import { buildPast } from './past.ts'
import { catchUp } from './catch-up.ts'
import { writePast } from './write-past.ts'

type Start = {
  readonly config: Config
  readonly log: Logger
  readonly mark: string
  readonly tell: (line: string) => void
  /** What the demo's clock says at its first start; the machine's time where nobody says. */
  readonly begins_at?: Instant
}

const CERTIFICATES_LAST_DAYS = 400
const SAVE_EVERY_MS = 20 * SECOND_MS

/** Starts the demo: the house, which refuses a directory that another process has; its apps in a process of their own; a past if it has none yet; the server. */
export async function startDemo({ config, log, mark: file, tell, begins_at }: Start): Promise<Serving> {
  const began = performance.now()
  const known = readMark(file)
  const clock = resumedClock(known, begins_at ?? systemClock.now())
  const mark = known ?? (await newMark(clock))
  const ports = await portsOf(mark)
  const tls = loopbackCertificate()
  const host = await freePort(undefined)
  await using stack = new AsyncDisposableStack()
  const controls = await startControls()
  stack.defer(controls.close)
  const house = await openHouse({
    config: { ...config, control_targets: controls.urls },
    clock,
    log,
    test_targets: Object.values(ports).map((port) => `127.0.0.1:${port}`),
    extra_ca: tls.ca,
  })
  stack.defer(house.close)
  const faults = new Map<string, readonly string[]>(CAST.map((member) => [member.app, mark.faults?.[member.app] ?? member.faults]))
  const apps = await startCast(dirname(file), { mark, ports, tls, host, faults })
  stack.defer(apps.stop)
  const saved = (): void => writeMark(file, { ...mark, ports, has_past: true, clock_said: clock.now(), faults: Object.fromEntries(faults) })
  if (!mark.has_past) {
    tell('Playing the demo’s past: five months of invented apps …')
    await givePast(house, ports, mark)
  } else {
    await neverBack(house, clock)
    await moved(house, ports)
  }
  saved()
  const saving = setInterval(saved, SAVE_EVERY_MS)
  stack.defer(() => {
    clearInterval(saving)
    saved()
  })
  const demo = controlsOf(house, clock, apps, faults, saved)
  const serving = await serve(
    house,
    jobsOf({
      extra_ca: tls.ca,
      host: { listen: { address: '127.0.0.1', port: host }, tenant_base_url: 'https://{tenant}.atlassian.net', tls: null },
    }),
    demo,
  )
  stack.defer(serving.close)
  tell(`The demo marketplace is at ${serving.url} (ready after ${((performance.now() - began) / SECOND_MS).toFixed(1)} s; Ctrl-C stops it)`)
  tell('Sign in as its administrator:  ./castellan admin-link')
  tell('Break an app and watch:        ./castellan demo break issue-templates dead && ./castellan demo advance 1h')
  const running = stack.move()
  return { url: serving.url, given_up: serving.given_up, close: () => running.disposeAsync() }
}

/** The demo's time stood still while it was off. */
const resumedClock = (mark: Mark | null, begins_at: Instant): ReturnType<typeof shiftedClock> =>
  shiftedClock(between(systemClock.now(), mark === null || !mark.has_past ? begins_at : mark.clock_said))

/** The mark is written every few seconds; a demo that was killed has told of moments after it. */
async function neverBack(house: House, clock: ReturnType<typeof shiftedClock>): Promise<void> {
  const newest = await house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, (unit) => unit.log.head())
  if (newest !== null) clock.advance(Math.max(0, between(clock.now(), newest.at)))
}

async function newMark(clock: Clock): Promise<Mark> {
  const ports: Record<string, number> = {}
  for (const { app } of CAST) ports[app] = await freePort(undefined)
  const proofs = Object.fromEntries(CAST.map(({ app }) => [app, `castellan-${secret()}`]))
  return { demo: true, clock_said: clock.now(), has_past: false, ports, proofs }
}

/** The ports of last time where they are still free. */
async function portsOf(mark: Mark): Promise<Mark['ports']> {
  const ports: Record<string, number> = {}
  for (const { app } of CAST) ports[app] = await freePort(mark.ports[app])
  return ports
}

/** Valid by the machine's own clock, which is the one that TLS goes by. */
function loopbackCertificate(): { readonly ca: string; readonly key: string; readonly cert: string } {
  const from = new Date(ms(shiftedClock(-DAY_MS).now()))
  const root = authority('Castellan demo', from, CERTIFICATES_LAST_DAYS)
  const leaf = root.issue(['localhost'], ['127.0.0.1'], from, CERTIFICATES_LAST_DAYS)
  return { ca: root.certificate, key: leaf.key, cert: leaf.certificate }
}

function startCast(
  data: string,
  given: {
    readonly mark: Mark
    readonly ports: Mark['ports']
    readonly tls: { readonly key: string; readonly cert: string }
    readonly host: number
    readonly faults: ReadonlyMap<string, readonly string[]>
  },
): Promise<DemoApps> {
  const { mark, ports, tls, host, faults } = given
  const folder = join(data, 'apps')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return startApps({
    kind: 'start',
    folder,
    tls: { key: tls.key, cert: tls.cert },
    host: `http://127.0.0.1:${host}`,
    apps: CAST.map((member) => ({
      key: member.app,
      descriptor_key: member.key,
      name: member.name,
      vendor: member.partner,
      port: ports[member.app] ?? 0,
      faults: faults.get(member.app) ?? [],
      proof: member.proves ? (mark.proofs[member.app] ?? null) : null,
    })),
  })
}

/** Two known-good targets that are no app: they tell a dead app from a dead network. */
async function startControls(): Promise<{ readonly urls: readonly string[]; readonly close: () => Promise<void> }> {
  const servers = [1, 2].map(() => createServer((_, response) => response.end('well')))
  const urls = await Promise.all(
    servers.map(
      (server) =>
        new Promise<string>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`))
        }),
    ),
  )
  return { urls, close: async () => void (await Promise.all(servers.map(closed))) }
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))

async function givePast(house: House, ports: Mark['ports'], mark: Mark): Promise<void> {
  const past = await buildPast({
    marketplace: house.marketplace,
    packs: house.packs,
    flow: house.pipeline,
    now: house.clock.now(),
    baseUrlOf: (app) => `https://127.0.0.1:${ports[app] ?? 0}`,
  })
  await house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, (unit) => writePast(unit, past, mark.proofs))
}

/** Other ports than last time: the apps have moved, and say so as a partner would. */
async function moved(house: House, ports: Mark['ports']): Promise<void> {
  const person = { kind: 'machine', name: 'demo' } as const
  for (const { app } of CAST) {
    const base_url = `https://127.0.0.1:${ports[app] ?? 0}`
    const known = await house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, (unit) =>
      unit.documents.get<AppDocument>(APPS, app),
    )
    if (known !== null && known.base_urls[0] !== base_url) await moveApp(house, person, app, base_url)
  }
}

/** What the person at the terminal may do to the demo. */
function controlsOf(
  house: House,
  clock: ReturnType<typeof shiftedClock>,
  apps: DemoApps,
  faults: Map<string, readonly string[]>,
  saved: () => void,
): DemoControls {
  /** Apps whose faults were switched since days last passed. */
  const switched = new Set<string>()
  let busy = false
  return {
    now: () => clock.now(),
    apps: () => CAST.map(({ app }) => ({ app, faults: faults.get(app) ?? [] })),
    async fault(app, fault, on) {
      if (!faults.has(app))
        throw new Refused('demo.no_such_app', `The demo has no app "${app}"; it has ${[...faults.keys()].join(', ')}.`, 'app')
      if (!FAULTS.some((known) => known === fault))
        throw new Refused('demo.no_such_fault', `"${fault}" is no fault; there are: ${FAULTS.join(', ')}.`, 'fault')
      const now = await apps.fault(app, fault, on)
      faults.set(app, now)
      switched.add(app)
      saved()
      return now
    },
    async advance(milliseconds) {
      if (busy) throw new Refused('demo.wrong_state', 'The clock is being moved already; wait until it has arrived.')
      if (milliseconds > LONGEST_ADVANCE_DAYS * DAY_MS)
        throw new Refused('demo.too_far', `The clock moves by at most ${LONGEST_ADVANCE_DAYS} days at once.`, 'by')
      busy = true
      try {
        await catchUp(house, clock, milliseconds, { arrived: saved, switched: [...switched] })
        // Otherwise the next reviews are planned a quarter of an hour after everybody has looked.
        await planReviews(house)
        if (milliseconds >= DAY_MS) switched.clear()
        return clock.now()
      } finally {
        busy = false
      }
    },
  }
}

const LONGEST_ADVANCE_DAYS = 400
