import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { createServer as createPlain, type RequestListener, type Server } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { createServer as createRaw, type AddressInfo, type Server as RawServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { authority, type Certified } from '../../../demo/certificate.ts'
import { instant } from '../../kernel/time.ts'
import { operatorClient } from '../../platform/net/operator.ts'
import { strangerClient } from '../../platform/net/stranger.ts'
import { DEFAULT_PROBE_POLICY } from '../policy.ts'
import type { ProbePolicy } from '../verdict.ts'
import { controlsOf, vantageOf } from './controls.ts'
import { probeJudged } from './judged.ts'
import { startStandstill } from './standstill.ts'

/** Real servers, real TLS, a real name server; only the app's three seconds are shortened where nothing hangs on them. */

const now = () => instant(1_790_000_000_000)
const QUICK: ProbePolicy = { ...DEFAULT_PROBE_POLICY, within_ms: 400 }
const DAY_BEFORE = new Date(Date.parse('2026-01-01'))
const ca = authority('Test authority', DAY_BEFORE, 3_650)
let good: Certified

beforeAll(() => {
  good = ca.issue(['localhost'], ['127.0.0.1'], DAY_BEFORE, 3_000)
})

const open: { close: (done: () => void) => unknown; closeAllConnections?: () => void }[] = []
afterEach(async () => {
  await Promise.all(
    open.splice(0).map((one) => {
      one.closeAllConnections?.()
      return new Promise<void>((resolve) => void one.close(() => resolve()))
    }),
  )
})

const listening = async <S extends Server | RawServer>(server: S): Promise<number> => {
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
const secure = (answer: RequestListener, certified: Certified = good): Promise<number> =>
  listening(createSecure({ key: certified.key, cert: certified.certificate }, answer))
const raw = (onSocket: (socket: Socket) => void): Promise<number> => {
  const sockets = new Set<Socket>()
  const server = createRaw((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    onSocket(socket)
  })
  return listening(Object.assign(server, { closeAllConnections: () => sockets.forEach((socket) => socket.destroy()) }))
}
const silentPort = async (): Promise<number> => {
  const server = createRaw()
  const port = await listening(server)
  await new Promise<void>((resolve) => void server.close(() => resolve()))
  open.splice(open.indexOf(server), 1)
  return port
}

/** A control target that answers, and one that does not. */
const heard = async (): Promise<string> => `http://127.0.0.1:${await listening(createPlain((_, response) => response.end()))}/`
const unheard = async (): Promise<string> => `http://127.0.0.1:${await silentPort()}/`
const twoHeard = async (): Promise<readonly string[]> => [await heard(), await heard()]

type Lookup = (name: string) => Promise<readonly string[]>

async function probe(
  url: string,
  given: {
    readonly policy?: ProbePolicy
    readonly controls?: readonly string[]
    readonly lookup?: Lookup
    readonly stopped?: boolean
    readonly stalls?: boolean
  } = {},
) {
  const targets = given.controls ?? (await twoHeard())
  const port = new URL(url).port
  const resolver = given.lookup === undefined ? {} : { resolver: given.lookup }
  const client = strangerClient({
    user_agent: 'test',
    now,
    extra_ca: ca.certificate,
    allow_targets: port === '' ? [] : [`127.0.0.1:${port}`],
    ...resolver,
  })
  const allow_targets = targets.map((target) => `127.0.0.1:${new URL(target).port}`)
  const operator = operatorClient(targets, { user_agent: 'test', now, allow_targets })
  const standstill = startStandstill(20)
  const stopping = new AbortController()
  if (given.stopped === true) stopping.abort()
  try {
    const tries = await probeJudged(url, {
      client,
      controls: controlsOf(operator, targets),
      // A busy machine stands still by itself at times; only one test is about that.
      standstill: given.stalls === true ? standstill : { since: () => 0 },
      policy: given.policy ?? QUICK,
      signal: stopping.signal,
    })
    return { tries, last: tries.at(-1) }
  } finally {
    standstill.stop()
  }
}

const answering =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end('ok')

describe('a probe over real TLS', () => {
  it('is good on 200, with each phase timed', async () => {
    const { tries } = await probe(`https://127.0.0.1:${await secure(answering(200))}/health`)
    expect(tries).toHaveLength(1)
    expect(tries[0]).toMatchObject({ verdict: 'good', reason: null, status: 200 })
    const { connect_ms, tls_ms, first_byte_ms, total_ms } = tries[0]?.phases ?? {}
    for (const phase of [connect_ms, tls_ms, first_byte_ms, total_ms]) expect(phase).toBeGreaterThan(0)
  })

  it.each([
    ['204', 204, {}, 'status'],
    ['301, which is not followed', 301, { location: 'https://example.com/' }, 'redirect'],
    ['503', 503, {}, 'status'],
  ] as const)('is bad on %s, asked twice', async (_, status, headers, reason) => {
    let asked = 0
    const port = await secure((request, response) => {
      asked += 1
      answering(status, headers)(request, response)
    })
    const { tries, last } = await probe(`https://127.0.0.1:${port}/health`)
    expect(tries.map(({ verdict }) => verdict)).toEqual(['unknown', 'bad'])
    expect(tries[0]?.reason).toBe('not_confirmed')
    expect(last).toMatchObject({ verdict: 'bad', reason, status })
    expect(asked).toBe(2)
  })

  it('is good when only the first try failed: a hiccup is no minute of downtime', async () => {
    let asked = 0
    const port = await secure((request, response) => answering(++asked === 1 ? 500 : 200)(request, response))
    const { tries } = await probe(`https://127.0.0.1:${port}/health`)
    expect(tries.map(({ verdict }) => verdict)).toEqual(['unknown', 'good'])
  })

  it('is good at 2.5 s and bad at 3.001 s by the programme’s own limit', async () => {
    const policy = DEFAULT_PROBE_POLICY
    const after_ms = (milliseconds: number): Promise<number> =>
      secure((_, response) => void setTimeout(() => response.writeHead(200).end(), milliseconds))
    const [early, late] = await Promise.all([
      probe(`https://127.0.0.1:${await after_ms(2_500)}/`, { policy }),
      probe(`https://127.0.0.1:${await after_ms(3_001)}/`, { policy }),
    ])
    expect(early.last).toMatchObject({ verdict: 'good' })
    expect(late.last).toMatchObject({ verdict: 'bad', reason: 'timeout' })
  })

  it.each([
    ['hangs before its headers', () => secure(() => {}), 'timeout'],
    [
      'hangs after its headers',
      () => secure((_, response) => void response.writeHead(200, { 'content-length': '5' }).write('o')),
      'timeout',
    ],
    [
      'drips a byte at a time',
      () =>
        secure((_, response) => {
          response.writeHead(200)
          const drip = setInterval(() => response.write('.'), 40)
          response.on('close', () => clearInterval(drip))
        }),
      'timeout',
    ],
    ['hangs up', () => secure((request) => void request.socket.destroy()), 'reset'],
    ['shows a certificate of another host', () => secure(answering(200), ca.issue(['other.example.com'], [], DAY_BEFORE, 3_000)), 'tls'],
    ['shows an expired certificate', () => secure(answering(200), ca.issue(['localhost'], ['127.0.0.1'], DAY_BEFORE, 1)), 'tls'],
    [
      'shows a certificate of nobody we trust',
      () => secure(answering(200), authority('Nobody', DAY_BEFORE, 3_000).issue(['localhost'], ['127.0.0.1'], DAY_BEFORE, 3_000)),
      'tls',
    ],
    ['accepts and says nothing', () => raw(() => {}), 'timeout'],
    ['does not listen', silentPort, 'connect'],
    ['speaks something else', () => raw((socket) => socket.end('220 mail.example.com ESMTP\r\n')), 'tls'],
  ] as const)('is bad when the app %s', async (_, start, reason) => {
    const { last } = await probe(`https://127.0.0.1:${await start()}/health`)
    expect(last).toMatchObject({ verdict: 'bad', reason })
  })

  it('is bad when the app resets the connection', async () => {
    const port = await raw((socket) => socket.once('data', () => socket.resetAndDestroy()))
    expect((await probe(`http://127.0.0.1:${port}/health`)).last).toMatchObject({ verdict: 'bad', reason: 'reset' })
  })

  it('is no observation when the body is larger than we read, and that is the app’s to mend', async () => {
    const port = await secure((_, response) => response.writeHead(200).end(Buffer.alloc(300 * 1024)))
    const { last } = await probe(`https://127.0.0.1:${port}/health`, { policy: DEFAULT_PROBE_POLICY })
    expect(last).toMatchObject({ verdict: 'unknown', reason: 'body_too_large', blind: 'theirs' })
  })
})

describe('our own blindness is never the app’s', () => {
  const dead = async (): Promise<string> => `https://127.0.0.1:${await silentPort()}/health`

  it.each([
    ['no control target', async () => []],
    ['one control target', async () => [await heard()]],
  ] as const)('a failure with %s is unknown, seen from one place only', async (_, controls) => {
    expect((await probe(await dead(), { controls: await controls() })).last).toMatchObject({
      verdict: 'unknown',
      reason: 'single_vantage',
      blind: 'ours',
    })
  })

  it('a failure while no control answers is unknown', async () => {
    expect((await probe(await dead(), { controls: [await unheard(), await unheard()] })).last).toMatchObject({
      verdict: 'unknown',
      reason: 'controls_silent',
    })
  })

  it('a failure while one of two controls answers is the app’s', async () => {
    expect((await probe(await dead(), { controls: [await unheard(), await heard()] })).last).toMatchObject({
      verdict: 'bad',
      reason: 'connect',
    })
  })

  it('a good answer needs no control', async () => {
    expect((await probe(`https://127.0.0.1:${await secure(answering(200))}/`, { controls: [] })).last?.verdict).toBe('good')
  })

  it('a failure after we were told to stop is unknown', async () => {
    expect((await probe(await dead(), { stopped: true })).last).toMatchObject({ verdict: 'unknown', reason: 'stopped' })
  })

  it('a late answer is unknown when this program stood still meanwhile', async () => {
    const port = await secure((_, response) => void setTimeout(() => response.writeHead(200).end(), 100))
    const asked = probe(`https://127.0.0.1:${port}/health`, { policy: { ...QUICK, within_ms: 300 }, stalls: true })
    // Standing still for real: the loop does nothing else while this runs, the answer and the limit wait behind it.
    const stalling = setInterval(() => {
      const until = performance.now() + 400
      while (performance.now() < until);
    }, 30)
    const { last } = await asked.finally(() => clearInterval(stalling))
    expect(last).toMatchObject({ verdict: 'unknown', reason: 'prober_stalled', blind: 'ours' })
  })

  it('says so on the overview while there are too few controls, or none with a name', () => {
    expect(vantageOf([])).toEqual({ state: 'single_vantage', controls: 0, needed: 2 })
    expect(vantageOf(['https://one.example.com/'])).toMatchObject({ state: 'single_vantage' })
    expect(vantageOf(['http://192.0.2.1/', 'http://[2001:db8::1]/'])).toEqual({ state: 'names_unproven', controls: 2 })
    expect(vantageOf(['http://192.0.2.1/', 'https://one.example.com/'])).toEqual({ state: 'sound', controls: 2 })
  })
})

describe('names', () => {
  /** A name server that says "no such name" to everything but `known`, or nothing at all. */
  async function nameServer(says: 'no-such-name' | 'nothing'): Promise<Lookup> {
    const socket = createSocket('udp4')
    socket.on('message', (asked, from) => {
      if (says === 'nothing') return
      const answer = Buffer.from(asked)
      // RFC 1035, section 4.1.1: QR and RA set, RCODE 3.
      answer.writeUInt16BE(0x8183, 2)
      socket.send(answer, from.port, from.address)
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    open.push({ close: (done) => socket.close(done) })
    const resolver = new Resolver({ timeout: 200, tries: 1 })
    resolver.setServers([`127.0.0.1:${socket.address().port}`])
    return (name) => resolver.resolve4(name)
  }

  it('"no such name" is an answer, and it is the app’s', async () => {
    const { last } = await probe('https://gone.example.com/health', { lookup: await nameServer('no-such-name') })
    expect(last).toMatchObject({ verdict: 'bad', reason: 'no_such_host' })
  })

  it('a name server that says nothing is the app’s when a control was found by its name', async () => {
    const port = new URL(await heard()).port
    const targets = [`http://control.example.org:${port}/`, `http://127.0.0.1:${port}/`]
    const allow_targets = [`127.0.0.1:${port}`]
    const inner = strangerClient({ user_agent: 'test', now, allow_targets, resolver: async () => ['127.0.0.1'] })
    const controls = controlsOf({ fetch: (request) => inner.fetch({ ...request, plain_http: true }) }, targets)
    const client = strangerClient({ user_agent: 'test', now, resolver: await nameServer('nothing') })
    const tries = await probeJudged('https://app.example.com/health', {
      client,
      controls,
      standstill: { since: () => 0 },
      policy: QUICK,
      signal: new AbortController().signal,
    })
    expect(tries.at(-1)).toMatchObject({ verdict: 'bad', reason: 'dns_timeout', controls: { named: true } })
  })

  it('a name server that says nothing is ours while no control was found by name', async () => {
    const { last } = await probe('https://app.example.com/health', { lookup: await nameServer('nothing') })
    expect(last).toMatchObject({ verdict: 'unknown', reason: 'dns_ours', blind: 'ours' })
  })
})

describe('controls', () => {
  it('are asked once for failures that come together, and again later', async () => {
    let asked = 0
    const port = await listening(
      createPlain((_, response) => {
        asked += 1
        response.end()
      }),
    )
    const targets = [`http://127.0.0.1:${port}/a`, `http://127.0.0.1:${port}/b`]
    const controls = controlsOf(operatorClient(targets, { user_agent: 'test', now, allow_targets: [`127.0.0.1:${port}`] }), targets, 50)
    const [one, other] = await Promise.all([controls.ask(), controls.ask()])
    expect(one).toEqual({ asked: 2, heard: 2, named: false })
    expect(other).toBe(one)
    expect(asked).toBe(2)
    const begun = performance.now()
    while (performance.now() - begun <= 55);
    await controls.ask()
    expect(asked).toBe(4)
  })
})
