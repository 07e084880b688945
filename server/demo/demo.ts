import { createServer, type Server } from 'node:http'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { House } from '../src/house.ts'
import { Refused } from '../src/kernel/refused.ts'
import { DAY_MS, ms, SECOND_MS } from '../src/kernel/time.ts'
import { shiftedClock, type Clock } from '../src/platform/clock.ts'
import type { Config } from '../src/platform/config.ts'
import { secret } from '../src/platform/crypto.ts'
import { openHouse } from '../src/open-house.ts'
import { jobsOf } from '../src/pipeline.ts'
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

type Start = { readonly config: Config; readonly log: Logger; readonly mark: string; readonly tell: (line: string) => void }

const CERTIFICATES_LAST_DAYS = 400
const SAVE_EVERY_MS = 20 * SECOND_MS

/** Starts the demo: its apps in a process of their own, two control targets, a past if it has none yet, and the server. */
export async function startDemo({ config, log, mark: file, tell }: Start): Promise<Serving> {
  const began = performance.now()
  const known = readMark(file)
  const clock = resumedClock(known)
  const mark = known ?? (await newMark(clock))
  const ports = await portsOf(mark)
  const tls = loopbackCertificate()
  const host = await freePort(undefined)
  const apps = await startCast(dirname(file), mark, ports, tls, host)
  const controls = await startControls()
  const targets = Object.values(ports).map((port) => `127.0.0.1:${port}`)
  const house = await openHouse({
    config: { ...config, control_targets: controls.urls },
    clock,
    log,
    test_targets: targets,
    extra_ca: tls.ca,
  })
  const saved = (): void => writeMark(file, { ...mark, ports, has_past: true, clock_said: clock.now() })
  let saving: NodeJS.Timeout | undefined
  try {
    if (!mark.has_past) {
      tell('Playing the demo’s past: five months of invented apps …')
      await givePast(house, ports, mark)
    } else {
      await moved(house, ports)
    }
    saved()
    saving = setInterval(saved, SAVE_EVERY_MS)
    const demo = controlsOf(house, clock, apps, saved)
    const serving = await serve(
      house,
      jobsOf({
        extra_ca: tls.ca,
        host: { listen: { address: '127.0.0.1', port: host }, tenant_base_url: 'https://{tenant}.atlassian.net', tls: null },
      }),
      demo,
    )
    tell(
      `The demo marketplace is at ${serving.url} (ready after ${((performance.now() - began) / SECOND_MS).toFixed(1)} s; Ctrl-C stops it)`,
    )
    tell('Sign in as its administrator:  ./castellan admin-link')
    tell('Break an app and watch:        ./castellan demo break issue-templates dead && ./castellan demo advance 1h')
    return {
      url: serving.url,
      close: async () => {
        clearInterval(saving)
        await serving.close()
        saved()
        await house.close()
        await Promise.all([apps.stop(), controls.close()])
      },
    }
  } catch (error) {
    clearInterval(saving)
    await house.close()
    await Promise.all([apps.stop(), controls.close()])
    throw error
  }
}

/** The demo's time stood still while it was off. */
function resumedClock(mark: Mark | null): ReturnType<typeof shiftedClock> {
  const machine = shiftedClock(0)
  return mark === null || !mark.has_past ? machine : shiftedClock(ms(mark.clock_said) - ms(machine.now()))
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
  mark: Mark,
  ports: Mark['ports'],
  tls: { readonly key: string; readonly cert: string },
  host: number,
): Promise<DemoApps> {
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
      faults: member.faults,
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
function controlsOf(house: House, clock: ReturnType<typeof shiftedClock>, apps: DemoApps, saved: () => void): DemoControls {
  const faults = new Map<string, readonly string[]>(CAST.map(({ app, faults: from_start }) => [app, from_start]))
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
      return now
    },
    async advance(milliseconds) {
      if (busy) throw new Refused('demo.wrong_state', 'The clock is being moved already; wait until it has arrived.')
      if (milliseconds > LONGEST_ADVANCE_DAYS * DAY_MS)
        throw new Refused('demo.too_far', `The clock moves by at most ${LONGEST_ADVANCE_DAYS} days at once.`, 'by')
      busy = true
      try {
        await catchUp(house, clock, milliseconds)
        saved()
        return clock.now()
      } finally {
        busy = false
      }
    },
  }
}

const LONGEST_ADVANCE_DAYS = 400
