import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenAt } from '../src/kernel/event.ts'
import { systemClock } from '../src/platform/clock.ts'
import { sha256 } from '../src/platform/crypto.ts'
import { openDatabase } from '../src/platform/sql/open.ts'
import { DESK, openBrowser, openProfile } from './browser.ts'
import { canary, strangersPlace } from './hostile-places.ts'
import { clientOf, KEEPERS, served, signInBy, type Client, type Kept, type Served, type Told } from './served.ts'

/**
 * A whole server in a process of its own, attacked from outside over HTTP. Whatever is sent, it answers with a problem that
 * says what to mend, reaches nothing that it may not, uses a bounded amount of memory, and goes on serving.
 */

const MEGABYTE = 1024 * 1024

/** A small descriptor in our own shape. */
const neutral = (key: string, of: { readonly [member: string]: unknown } = {}): string =>
  JSON.stringify({ castellan: 1, key, name: key, hosting: 'remote', base_urls: ['https://app.example.com'], ...of })

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

/** Ten aliases of ten aliases of ten …: half a kilobyte that unfolds to ten thousand million. */
const aliasBomb = (): string =>
  [
    'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(', ')}]`),
  ].join('\n')

/** What no address of the interface is made for: as a body, and as the ids in the path. */
const UNEXPECTED: readonly unknown[] = [
  null,
  [],
  { __proto__: null, a: 1 },
  '../../etc/passwd',
  'a\0b',
  '\ud800',
  '\u202e<svg/onload=alert(1)>',
  "'; DROP TABLE event; --",
  '%00',
  {
    url: 'https://127.0.0.1/',
    descriptor: '',
    app: '..',
    name: '\ud800',
    standing_hash: 'sha256:',
    answers: { a: 1e308 },
    until: '9999-99-99',
  },
  {
    descriptor: '\0',
    kind: 'partner',
    name: 'a\0',
    role: 'operator-admin',
    organisation: "' OR 1=1",
    scopes: ['*'],
    url: 'file:///etc/passwd',
  },
]

/** Pages tell their problems as pages; the interface tells them as problems and nothing else. */
const shapesOf = (path: string): readonly string[] => (path.startsWith('/api/') ? [PROBLEM] : [PROBLEM, 'text/html; charset=utf-8'])
const PROBLEM = 'application/problem+json; charset=utf-8'

describe.each(KEEPERS)('Castellan on $engine, attacked from outside', ({ engine, keep }) => {
  /** What is fetched, parsed and drawn before anything is stored is the same on every engine, and tried once. */
  const beforeStorage = (name: string, work: () => void): void => {
    if (engine === 'embedded') describe(name, work)
  }
  let place: Kept
  let evil: Awaited<ReturnType<typeof strangersPlace>>
  let forbidden: Awaited<ReturnType<typeof canary>>
  let server: Served
  let admin: Client
  let organisation: string
  /** Apps that were acknowledged; all of them have to be there in the end. */
  const acknowledged: string[] = []

  beforeAll(async () => {
    place = await keep()
    evil = await strangersPlace()
    forbidden = await canary()
    server = await served(place, {
      targets: [`127.0.0.1:${evil.port}`],
      ca: evil.ca,
      // One address may send 1,200 requests a minute; as the proxy in front, the attack comes from many.
      environment: { TRUST_PROXY: '127.0.0.1' },
      names: {
        'app.evil.example': ['127.0.0.1'],
        'private.evil.example': ['10.0.0.7'],
        'both.evil.example': ['93.184.215.14', '127.0.0.1'],
        'mapped.evil.example': ['::ffff:127.0.0.1'],
        'metadata.evil.example': ['169.254.169.254'],
      },
    })
    admin = await signInBy(server.url, await server.adminLink(), null)
    organisation = (await admin.ask('/api/v1/organisations', { kind: 'partner', name: 'Mallory' })).body.organisation
    await register(neutral('before-it-all'), 'before-it-all')
  }, 120_000)
  afterAll(async () => {
    await server.kill()
    await Promise.all([evil.close(), forbidden.close()])
    await place.drop()
  })

  const sent = (body: object) => admin.ask('/api/v1/apps', { organisation, ...body })

  async function register(descriptor: string, app: string): Promise<Told> {
    const { status, body } = await sent({ descriptor, app })
    expect({ status, body }).toMatchObject({ status: 201 })
    acknowledged.push(app)
    return body
  }

  /** A refusal in the one shape, with sentences for a person and nothing of our insides. */
  function refusal(
    answer: { readonly status: number; readonly body: Told; readonly headers: Headers },
    status: number,
    says: RegExp,
  ): void {
    const told = JSON.stringify({ status: answer.status, body: answer.body })
    expect(answer.status, told).toBe(status)
    expect(answer.headers.get('content-type'), told).toBe('application/problem+json; charset=utf-8')
    expect(answer.body, told).toMatchObject({
      type: `urn:castellan:problem:${answer.body.code}`,
      title: expect.stringMatching(/^\S.+/),
      status,
      detail: expect.stringMatching(says),
    })
    expect(told).not.toMatch(/\bat \S+ \(|node_modules|\.ts:\d|FST_ERR|syntax error|SELECT /)
  }

  /** The most memory that the server held at once while something was done to it, beyond what it held before. */
  async function memoryFor(work: () => Promise<void>): Promise<number> {
    const held = (of: 'VmRSS' | 'VmHWM'): number =>
      process.platform === 'linux'
        ? Number(new RegExp(`${of}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024
        : 0
    const before = held('VmHWM')
    await work()
    return held('VmHWM') - before
  }

  beforeStorage('a descriptor that is too much', () => {
    it.each(['/large', '/endless'])('of 100 MB at %s is read up to the limit, which the refusal names', async (path) => {
      const memory = await memoryFor(async () => {
        refusal(await sent({ url: `https://127.0.0.1:${evil.port}${path}` }), 400, /more than 2097152 bytes.*upload the file instead/)
      })
      // What stands in the buffers of both sockets was sent as well.
      expect(evil.sent[path]).toBeLessThan(16 * MEGABYTE)
      expect(memory).toBeLessThan(64 * MEGABYTE)
    })

    it.each(['gzip', 'br'])('that unfolds to a gigabyte from %s is let go at the limit', async (encoding) => {
      const memory = await memoryFor(async () => {
        refusal(await sent({ url: `https://127.0.0.1:${evil.port}/bomb/${encoding}` }), 400, /grows beyond 2097152 bytes/)
      })
      expect(memory).toBeLessThan(64 * MEGABYTE)
    })

    it.each([
      ['with its length told', true],
      ['without a length', false],
    ])('of 100 MB, uploaded %s, is refused with the limit', async (_, lengthTold) => {
      let taken = 0
      const memory = await memoryFor(async () => {
        const answer = await upload('/api/v1/apps', 100 * MEGABYTE, lengthTold)
        taken = answer.taken
        refusal(answer, 413, /4 MB/)
      })
      expect(taken).toBeLessThan(24 * MEGABYTE)
      expect(memory).toBeLessThan(64 * MEGABYTE)
    })

    it.each([
      ['eighty thousand keys', Array.from({ length: 80_000 }, (_, n) => `k${n}: 1`).join('\n')],
      ['half a million questions', '? '.repeat(500_000)],
      ['three hundred thousand maps in maps', 'a: '.repeat(300_000)],
      ['nothing but anchors', `a: ${'&a '.repeat(300_000)}`],
      ['lists in lists', `a:\n ${'- '.repeat(9_000)}x`],
    ])('of YAML with %s is refused at once, though it is small enough', async (_, descriptor) => {
      refusal(await sent({ descriptor }), 400, /a manifest has a few hundred|not YAML/)
    })

    it('of 3 MB as text is refused with its own limit', async () => {
      refusal(await sent({ descriptor: neutral('large', { padding: 'x'.repeat(2 * MEGABYTE) }) }), 400, /at most 1048576/)
    })

    it('with aliases of aliases is refused, with the mend', async () => {
      refusal(await sent({ descriptor: aliasBomb() }), 400, /aliases unfold to too much.*write the values out/)
    })

    it.each([
      ['JSON', nested(10_000)],
      ['YAML in flow style', `app: ${nested(10_000)}`],
      ['brackets that never close', '['.repeat(1_000_000)],
    ])('of %s, very deep, is refused', async (_, descriptor) => {
      refusal(await sent({ descriptor }), 400, /deeper than 64 levels|cannot be read as YAML|is not YAML/)
    })
  })

  beforeStorage('bodies of the interface', () => {
    it.each([
      ['ten thousand levels', nested(10_000), /levels|shape/],
      ['a million open brackets', '['.repeat(1_000_000), /JSON/],
      ['half of it', '{"kind":"partner","name":', /JSON/],
      ['a prototype', '{"kind":"partner","name":"x","__proto__":{"admin":true}}', /__proto__/],
      ['a constructor’s prototype', '{"kind":"partner","name":"x","constructor":{"prototype":{"admin":true}}}', /prototype/],
      ['members that nobody asked for', '{"kind":"partner","name":"x","admin":true}', /admin/],
      ['a number beyond numbers', '{"kind":"partner","name":1e999}', /name/],
      ['half a character', '{"kind":"partner","name":"a\\ud800b"}', /name/],
      ['NUL', '{"kind":"partner","name":"a\\u0000b"}', /name/],
      ['a name that cannot be seen', '{"kind":"partner","name":"a\\u202eb"}', /cannot be seen/],
    ])('with %s are refused', async (_, body, says) => {
      const answer = await admin.raw('/api/v1/organisations', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      refusal({ status: answer.status, headers: answer.headers, body: await answer.json() }, 400, says)
    })

    it.each([
      'text/xml',
      'application/x-json',
      'application/json, text/plain',
      'image/svg+xml',
      'multipart/mixed; boundary=x',
      'application/graphql',
    ])('of type %s are not understood, and the answer says what is', async (type) => {
      const answer = await admin.raw('/api/v1/organisations', {
        method: 'POST',
        body: new Blob(['{"kind":"partner","name":"x"}']),
        headers: { 'content-type': type },
      })
      refusal({ status: answer.status, headers: answer.headers, body: await answer.json() }, 415, /application\/json/)
    })
  })

  describe('addresses of our own and of our network', () => {
    /** The canary, and what clouds tell their machines, in every spelling that some parser takes. */
    const spellings = (): readonly string[] =>
      [
        'https://127.0.0.1:PORT/',
        'https://2130706433:PORT/',
        'https://0x7f000001:PORT/',
        'https://0x7f.0.0.1:PORT/',
        'https://017700000001:PORT/',
        'https://0177.0.0.1:PORT/',
        'https://127.1:PORT/',
        'https://127.0.1:PORT/',
        'https://0:PORT/',
        'https://0.0.0.0:PORT/',
        'https://127.0.0.1.:PORT/',
        'https://①②⑦.⓪.⓪.①:PORT/',
        'https://127。0。0。1:PORT/',
        'https://%31%32%37.0.0.1:PORT/',
        'https:\\\\127.0.0.1:PORT/',
        'https:127.0.0.1:PORT/',
        'https://[::1]:PORT/',
        'https://[::]:PORT/',
        'https://[0:0:0:0:0:0:0:1]:PORT/',
        'https://[::ffff:127.0.0.1]:PORT/',
        'https://[::ffff:7f00:1]:PORT/',
        'https://[::127.0.0.1]:PORT/',
        'https://[64:ff9b::127.0.0.1]:PORT/',
        'https://[64:ff9b::7f00:1]:PORT/',
        'https://[64:ff9b:1::7f00:1]:PORT/',
        'https://[2002:7f00:1::]:PORT/',
        'https://localhost:PORT/',
        'https://LOCALHOST.:PORT/',
        'https://loc%61lhost:PORT/',
        'https://any.localhost:PORT/',
        'https://private.evil.example:PORT/',
        'https://both.evil.example:PORT/',
        'https://mapped.evil.example:PORT/',
        'https://metadata.evil.example/',
        'https://169.254.169.254/latest/meta-data/',
        'https://2852039166/latest/meta-data/',
        'https://0xa9fea9fe/',
        'https://0251.0376.0251.0376/',
        'https://[::ffff:a9fe:a9fe]/',
        'https://[fd00:ec2::254]/',
        'https://100.100.100.200/',
        'https://metadata.google.internal/computeMetadata/v1/',
        'https://10.0.0.1/',
        'https://192.168.0.1/',
        'https://172.16.0.1/',
        'https://[fe80::1]/',
        'https://[fc00::1]/',
      ].map((url) => url.replace('PORT', String(forbidden.port)))

    it('are no place to fetch a descriptor from, in any spelling', async () => {
      for (const url of spellings()) refusal(await sent({ url }), 400, /is not a public (address|name)/)
      expect(forbidden.reached()).toBe(0)
    })

    it('nor by a redirect from a place that may be asked', async () => {
      for (const location of [...spellings(), `//127.0.0.1:${forbidden.port}/`, `https://app.evil.example:${forbidden.port}/`]) {
        evil.redirectTo(new URL(location, 'https://app.evil.example').href)
        refusal(await sent({ url: `https://app.evil.example:${evil.port}/redirect` }), 400, /not a public|not the app's|port \d+ is not/)
      }
      expect(forbidden.reached()).toBe(0)
    })

    it.each([
      ['file:///etc/passwd', /file: is not fetched/],
      ['gopher://127.0.0.1:6379/_FLUSHALL', /gopher: is not fetched/],
      ['data:application/json,{}', /data: is not fetched/],
      ['javascript:alert(1)', /javascript: is not fetched/],
      ['http://app.evil.example/', /use https/],
      ['https://somebody:secret@app.evil.example/', /user name or password/],
      ['https://app.evil.example\r\nHost: internal/', /is not an address|not a public|could not be fetched/],
      ['https://nowhere.example/', /has no address/],
      ['not an address', /write it with https/],
    ])('%s is no address of a descriptor', async (url, says) => refusal(await sent({ url }), 400, says))

    it('are reached neither as base URLs nor by health paths, proven or not', async () => {
      await register(neutral('inward', { base_urls: [`https://127.0.0.1:${forbidden.port}`, 'https://169.254.169.254'] }), 'inward')
      for (const base of spellings()) {
        const supplied = await admin.ask('/api/v1/apps/inward/details', { base_urls: [base], health_path: '/health' }, 'PUT')
        if (supplied.status !== 200) refusal(supplied, 400, /is not a base URL/)
        const { status, body } = await admin.ask('/api/v1/apps/inward/domain-proof', {})
        expect(status).toBe(200)
        expect(body.domains).toMatchObject([{ proven: false }])
      }
      const scan = await admin.ask('/api/v1/apps/inward/scans', {})
      expect(scan.status).toBeLessThan(500)
      await server.advance(5 * 60_000)
      expect(forbidden.reached()).toBe(0)
    }, 60_000)

    it.each([
      ['without a slash', 'health', /is not a path/],
      ['of another host', '//127.0.0.1/', /is not a path/],
      ['of another host, with a backslash', '/\\127.0.0.1/', /is not a path/],
      ['that is an address', 'https://127.0.0.1/', /is not a path/],
      ['with a line break', '/health\r\nHost: internal', /is not a path/],
      ['with a user', '@127.0.0.1/', /is not a path/],
    ])('a health path %s is refused', async (_, health_path, says) => {
      refusal(await admin.ask('/api/v1/apps/before-it-all/details', { health_path }, 'PUT'), 400, says)
    })

    it.each([
      'a@b.example\r\nBcc: everybody@c.example',
      'a@b.example\nSubject: x',
      'a@b.example, c@d.example',
      '"a b"@c.example',
      'A <a@b.example>',
      'a@b.example\0',
      'a@[127.0.0.1]',
      '@b.example',
    ])('a mailbox for alerts that is %j is refused', async (alert_mailbox) => {
      refusal(await admin.ask('/api/v1/apps/before-it-all/details', { alert_mailbox }, 'PUT'), 400, /is not a mail address|NUL/)
    })
  })

  describe('descriptors that look like one', () => {
    it.each([
      ['names half of a character', '{"castellan":1,"key":"k","name":"a\\ud800","hosting":"remote","base_urls":[]}', /half of a character/],
      ['names NUL', '{"castellan":1,"key":"k","name":"a\\u0000b","hosting":"remote","base_urls":[]}', /NUL/],
      ['has NUL in a member’s name', '{"castellan":1,"ke\\u0000y":1}', /NUL/],
      ['is UTF-16', '\ufeff{}\0', /NUL/],
      ['is a list', '[]', /an object with named members/],
      ['is a web page', '<!doctype html><title>x</title>', /descriptor|YAML/],
      ['has a number beyond numbers', neutral('k').replace('"castellan":1', '"castellan":1e999'), /at \/castellan/],
      ['has a mistake', '{"castellan":1,}', /trailing comma/],
    ])('and %s are refused with the place', async (_, descriptor, says) => refusal(await sent({ descriptor }), 400, says))

    it('with the names of prototypes pollute nothing', async () => {
      const members = '"__proto__":{"polluted":"yes","castellan":1},"constructor":{"prototype":{"polluted":"yes"}},"toString":1'
      refusal(await sent({ descriptor: `{${members}}` }), 400, /no descriptor/)
      const connect = `{"key":"proto","name":"Proto","vendor":{"name":"x","__proto__":{"name":"y"}},"baseUrl":"https://app.example.com","modules":{${members},"generalPages":[{"url":"/a","__proto__":{"cacheable":true}}]},"lifecycle":{"__proto__":"/a","constructor":"/b","installed":"/c"},"scopes":["__proto__","constructor"],${members}}`
      await register(connect, 'proto')
      const { body } = await admin.ask('/api/v1/apps/proto')
      expect(body).toMatchObject({ key: 'proto', scopes: [{ scope: 'CONSTRUCTOR' }, { scope: '__PROTO__' }] })
      expect(JSON.stringify(body)).not.toContain('polluted')
      expect((await clientOf(server.url).ask('/api/v1/apps')).body.apps.every((line: Told) => line.polluted === undefined)).toBe(true)
    })

    it('with a member twice are read as every reader reads them, and that is told', async () => {
      const told = await register('{"key":"first","key":"twice","name":"Twice","baseUrl":"https://app.example.com","modules":{}}', 'twice')
      expect(told.remarks).toContainEqual({ at: '/', says: 'An object has “key” twice; the last one was read.' })
      expect((await admin.ask('/api/v1/apps/twice')).body.key).toBe('twice')
    })

    it('with huge numbers and large texts are kept as they are', async () => {
      await register(neutral('numbers', { name: 'n'.repeat(500), scopes: ['1e308', '9'.repeat(200)] }), 'numbers')
      expect((await admin.ask('/api/v1/apps/numbers')).body.scopes).toHaveLength(2)
    })
  })

  describe('addresses and headers of requests', () => {
    it.each([
      '/api/v1/apps/../../etc/passwd',
      '/api/v1/apps/..%2f..%2fetc%2fpasswd',
      '/api/v1/apps/%2e%2e/%2e%2e/etc/passwd/trust',
      '/apps/..%5c..%5cwindows',
      '/apps/%00',
      '/api/v1/apps/a%00b/trust',
      '/badge/..%2f..%2f..%2fetc%2fpasswd.svg',
      '/badge/a%00.png',
      '/api/v1/apps/before-it-all/evidence/..%2f..%2fsecret',
      '/style.css/../../package.json',
      '/style.css%2f..%2f..%2fpackage.json',
      '/%c0%ae%c0%ae/etc/passwd',
      '/%E0%A4%A',
      '/apps/%ff',
      `/apps/${'a'.repeat(5_000)}`,
      '/__proto__',
      '/apps/__proto__',
      '/api/v1/programmes/constructor',
      '/badge/__proto__.json',
      `/badge/before-it-all.json?programme=${'p'.repeat(5_000)}`,
      '/badge/before-it-all.svg?programme=%00',
      '/links/..%2f..%2fetc',
    ])('%s leads to nothing, in the one shape', async (path) => {
      // As bytes: an address is tidied before `fetch` sends it.
      const { status, headers, body } = await bytesTo(
        `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-forwarded-for: 198.51.100.9\r\n\r\n`,
      )
      expect([400, 401, 404, 414], `${status} ${body.slice(0, 300)}`).toContain(status)
      expect(headers).toMatch(/application\/problem\+json|text\/html/)
      expect(body).not.toMatch(/root:|"dependencies"|\.ts:\d/)
    })

    it('ten thousand fields in a query cost nothing', async () => {
      const query = Array.from({ length: 10_000 }, (_, n) => `f${n}=${n}`).join('&')
      for (const path of ['/', '/api/v1/apps', '/badge/before-it-all.json', '/sign-in']) {
        const { status } = await bytesTo(`GET ${path}?${query.slice(0, 15_000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
        expect([200, 400], path).toContain(status)
        // More than Node's 16 kB of header do not come in at all.
        expect((await bytesTo(`GET ${path}?${query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)).status, path).toBe(431)
      }
      const form = await admin.raw('/account/name', {
        method: 'POST',
        body: `name=x&${query}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      expect(form.status).toBeLessThan(500)
    })

    it('two lengths, two kinds of length, or a header with a line break are no request', async () => {
      for (const head of [
        'content-length: 5\r\ncontent-length: 6\r\n\r\nhello',
        'content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
        'transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n',
        'x-a: b\rc: d\r\n\r\n',
        'content-length: -1\r\n\r\n',
      ]) {
        const { status } = await bytesTo(`POST /api/v1/organisations HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${head}`)
        expect([400, 501], head).toContain(status)
      }
    })

    it('senders who never finish keep nobody else waiting', async () => {
      const slow = Array.from({ length: 200 }, () => connect(Number(new URL(server.url).port), '127.0.0.1'))
      try {
        for (const socket of slow) {
          socket.on('error', () => socket.destroy())
          socket.write('POST /api/v1/apps HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"a":')
        }
        expect((await clientOf(server.url).raw('/healthz')).status).toBe(200)
        expect((await admin.ask('/api/v1/apps/before-it-all')).status).toBe(200)
      } finally {
        for (const socket of slow) socket.destroy()
      }
    })
  })

  it('no address of the interface breaks on what it does not expect', async () => {
    const { paths } = (await clientOf(server.url).ask('/openapi.json')).body as { readonly paths: { readonly [path: string]: object } }
    const broken: string[] = []
    let asked = 0
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        for (const [turn, value] of UNEXPECTED.entries()) {
          const filled = path.replaceAll(
            /\{[^}]+\}/g,
            encodeURIComponent(typeof value === 'string' ? value.toWellFormed() : 'before-it-all') || '%20',
          )
          const answer = await admin.raw(filled, {
            method: method.toUpperCase(),
            ...(method === 'get' ? {} : { body: JSON.stringify(value) }),
            headers: { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${turn + 1}` },
          })
          asked += 1
          const text = await answer.text()
          const whole = answer.status < 400 || shapesOf(path).includes(answer.headers.get('content-type') ?? '')
          if (answer.status >= 500 || !whole)
            broken.push(`${method} ${path} with ${JSON.stringify(value).slice(0, 60)}: ${answer.status} ${text.slice(0, 200)}`)
        }
      }
    }
    expect(broken).toEqual([])
    expect(asked).toBeGreaterThan(300)
  }, 120_000)

  beforeStorage('names of strangers in a real browser', () => {
    const NAMES = {
      script: '<script>window.ran = 1; alert(1)</script>',
      svg: '"><svg onload="window.ran = 1; alert(1)"><image href="x" onerror="alert(1)"/></svg>',
      title: '</title></text></svg><img src=x onerror="window.ran = 1; alert(1)">',
      turned: 'Good\u202etxt.exe\u202c\u2066 app\u2069',
      hidden: 'Pay\u200bments\u00ad\u2060\ufeff by\u200e Acme',
      entity: '&lt;b&gt;&#x202e;{{7*7}}${7*7}',
    } as const

    it('nothing of them runs or turns the text around, on pages, in pictures and in JSON', async () => {
      for (const [app, name] of Object.entries(NAMES)) {
        await register(
          neutral(`name-${app}`, { name, scopes: [name.slice(0, 200)], egress: [{ kind: name, address: name }] }),
          `name-${app}`,
        )
      }
      const browser = await openBrowser()
      const context = await openProfile(browser, { size: DESK })
      try {
        const page = await context.newPage()
        const troubles: string[] = []
        page.on('dialog', (dialog) => {
          troubles.push(`a script said ${dialog.message()}`)
          void dialog.dismiss()
        })
        page.on('request', (request) => {
          if (!request.url().startsWith(server.url)) troubles.push(`asked for ${request.url()}`)
        })
        for (const app of Object.keys(NAMES)) {
          for (const path of [
            '/',
            `/?text=${encodeURIComponent(NAMES[app as keyof typeof NAMES])}`,
            `/apps/name-${app}`,
            `/badge/name-${app}.svg`,
          ]) {
            await page.goto(server.url + path)
            const seen = await page.evaluate<{ ran: boolean; active: number; text: string }>(
              `({ ran: 'ran' in window, active: document.querySelectorAll('script, img[onerror], [onload], foreignObject, image').length, text: document.documentElement.textContent })`,
            )
            expect(seen, path).toMatchObject({ ran: false, active: 0 })
            if (path.startsWith('/apps') || path === '/')
              expect(seen.text, path).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\u00ad]/)
          }
          expect((await page.goto(`${server.url}/badge/name-${app}.png`))?.headers()['content-type']).toBe('image/png')
          // Programs get the name as it was given, as data and as nothing else.
          const json = await page.goto(`${server.url}/api/v1/apps/name-${app}/trust`)
          expect(json?.headers()).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'x-content-type-options': 'nosniff' })
        }
        expect(troubles).toEqual([])
        await page.goto(`${server.url}/apps/name-script`)
        expect(await page.locator('h1').textContent()).toContain('<script>')
      } finally {
        await browser.close()
      }
    }, 120_000)
  })

  it('after all of it nothing is lost, the log is whole, nothing forbidden was reached, and it serves', async () => {
    const apps = (await clientOf(server.url).ask('/api/v1/apps?limit=200')).body
    expect(apps.apps.map(({ app }: Told) => app).sort()).toEqual([...acknowledged].sort())
    await register(neutral('after-it-all'), 'after-it-all')
    expect((await clientOf(server.url).raw('/readyz')).status).toBe(200)
    expect(forbidden.reached()).toBe(0)
    await server.stop()
    const database = await openDatabase({
      clock: systemClock,
      data_directory: place.folder,
      database_url: place.environment['DATABASE_URL'],
    })
    try {
      const events = await database.within({ marketplace: 'main', party: { kind: 'machine' } }, ({ log }) => log.after(0, 1_000_000))
      expect(brokenAt(events, sha256)).toBeNull()
      const registered = events.filter(({ type }) => type === 'directory.app_registered').map(({ subject }) => subject)
      expect(new Set(registered)).toEqual(new Set(acknowledged))
      expect(registered).toHaveLength(acknowledged.length)
    } finally {
      await database.close()
    }
  }, 60_000)

  /** Bytes as they are, and what comes back until the other side ends it. */
  function bytesTo(text: string): Promise<{ readonly status: number; readonly headers: string; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
      let told = ''
      socket.on('data', (chunk: Buffer) => (told += chunk.toString()))
      socket.on('error', (error) => (told === '' ? reject(error) : undefined))
      socket.on('close', () => {
        const [headers = '', ...body] = told.split('\r\n\r\n')
        resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(told)?.[1]), headers, body: body.join('\r\n\r\n') })
      })
      socket.write(text)
    })
  }

  /** Sends so many bytes and no more than are wanted, and reads the answer whenever it comes. */
  function upload(
    path: string,
    bytes: number,
    lengthTold: boolean,
  ): Promise<{ readonly status: number; readonly body: Told; readonly headers: Headers; readonly taken: number }> {
    return new Promise((resolve, reject) => {
      const state = { taken: 0, answered: false }
      const outgoing = httpRequest(`${server.url}${path}`, {
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'application/json', ...(lengthTold ? { 'content-length': bytes } : {}) },
      })
      outgoing.on('error', (error) => {
        if (!state.answered) reject(error)
      })
      outgoing.on('response', (incoming) => {
        state.answered = true
        let text = ''
        incoming.on('data', (chunk: Buffer) => (text += chunk.toString()))
        incoming.on('end', () => {
          outgoing.destroy()
          resolve({
            status: incoming.statusCode ?? 0,
            body: JSON.parse(text),
            headers: new Headers(incoming.headers as Record<string, string>),
            taken: state.taken,
          })
        })
      })
      const chunk = Buffer.alloc(64 * 1024, ' ')
      const more = (): void => {
        while (!state.answered && state.taken < bytes) {
          state.taken += chunk.length
          if (!outgoing.write(chunk)) return
        }
        if (state.taken >= bytes) outgoing.end()
      }
      outgoing.on('drain', more)
      more()
    })
  }
})
