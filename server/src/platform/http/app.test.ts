import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Refused } from '../../kernel/refused.ts'
import type { Acting } from '../../enrolment/authorise.ts'
import { createHttp, type HttpOptions, type Routes } from './app.ts'
import { textOf, type FormFields } from './forms.ts'
import type { Problem } from './problem.ts'

const ANYBODY = { config: { act: 'read-public-pages' } } as const
const open: Routes[] = []
afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

type Served = {
  readonly url: string
  readonly port: number
  readonly logged: string[]
  readonly get: (path: string, init?: RequestInit) => Promise<Response>
}

/** The shell with some routes, on a real port. */
async function serve(routes: (app: Routes) => void, more: Partial<HttpOptions> = {}): Promise<Served> {
  const logged: string[] = []
  const app = await createHttp({
    log: pino({ level: 'info' }, { write: (line: string) => logged.push(line) }),
    public_url: () => 'https://trust.example.com',
    trust_proxy: [],
    whoAsks: async () => ({ kind: 'public' }),
    refuseForeign: () => undefined,
    problemPage: async (problem) => `<!doctype html><title>${problem.title}</title><p>${problem.detail.replaceAll('<', '&lt;')}</p>`,
    version: '0.0.0',
    requests_a_minute: 10_000,
    ...more,
  })
  routes(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  open.push(app)
  const { port } = app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return { url, port, logged, get: (path, init) => fetch(url + path, { redirect: 'manual', ...init }) }
}

const problem = async (response: Response): Promise<Problem> => {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const body = (await response.json()) as Problem
  expect(body.status).toBe(response.status)
  expect(body.type).toBe(`urn:castellan:problem:${body.code}`)
  return body
}

/** Sends exactly these bytes and brings back what comes until the other side closes. */
const bytes = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let told = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => (told += chunk.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => resolve(told))
  })

describe('routes', () => {
  it('a route without an act is refused when the server starts', async () => {
    await expect(serve((app) => void app.get('/open', async () => 'x'))).rejects.toThrow('GET /open says no act')
  })

  it('the act decides before the route runs; its owner is asked for where the route says whose thing it is', async () => {
    let ran = 0
    const admin: Acting = {
      kind: 'person',
      person: 'person_1',
      session: 's',
      memberships: [{ organisation: 'org_1', kind: 'operator', role: 'operator-admin' }],
    }
    const served = (whoAsks: HttpOptions['whoAsks']) =>
      serve((app) => void app.get('/apps', { config: { act: 'read-overview' } }, async () => ({ ran: ++ran })), { whoAsks })
    const stranger = await (await served(async () => ({ kind: 'public' }))).get('/apps')
    expect((await problem(stranger)).code).toBe('enrolment.sign_in')
    expect(ran).toBe(0)
    expect((await (await served(async () => admin)).get('/apps')).status).toBe(200)
    expect(ran).toBe(1)
  })

  it('a change that a foreign page started is refused, looking is not', async () => {
    const served = await serve(
      (app) => {
        app.get('/thing', ANYBODY, async () => 'seen')
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const)
          app.route({ method, url: '/thing', ...ANYBODY, handler: async () => 'done' })
      },
      {
        refuseForeign: () => {
          throw new Refused('enrolment.foreign_origin', 'A page of another site sent this.')
        },
      },
    )
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect((await problem(await served.get('/thing', { method }))).code).toBe('enrolment.foreign_origin')
    }
    expect((await served.get('/thing')).status).toBe(200)
    expect((await served.get('/thing', { method: 'HEAD' })).status).toBe(200)
  })

  it('somebody who is not signed in is sent to sign in from a page, and comes back', async () => {
    const served = await serve((app) => void app.get('/overview', { config: { act: 'read-overview', page: true } }, async () => 'x'))
    const answer = await served.get('/overview?tab=due')
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/sign-in?next=%2Foverview%3Ftab%3Ddue')
  })
})

describe('what comes in', () => {
  const Body = z.strictObject({ name: z.string().min(2), count: z.number().int() })
  const taking = () =>
    serve((app) => {
      app.post(
        '/things/:id',
        { ...ANYBODY, schema: { body: Body, querystring: z.object({ deep: z.coerce.number().optional() }) } },
        async (request) => ({
          got: request.body,
        }),
      )
      app.post('/form', ANYBODY, async (request) => {
        const fields = request.body as FormFields
        return { names: Object.keys(fields), name: textOf(fields, 'name'), polluted: ({} as { polluted?: unknown }).polluted ?? null }
      })
      app.post('/raw', ANYBODY, async (request) => ({ bytes: (request.body as Buffer).length }))
    })
  const send = (served: Served, type: string | null, body: string, path = '/things/1'): Promise<Response> =>
    served.get(path, { method: 'POST', body: new Blob([body]), headers: type === null ? {} : { 'content-type': type } })

  it('takes JSON in any spelling of its type', async () => {
    const served = await taking()
    for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/json;charset=UTF-8']) {
      expect((await send(served, type, '{"name":"ab","count":1}')).status, type).toBe(200)
    }
  })

  it.each([
    'application/xml',
    'text/html',
    'text/json',
    'application/jsonx',
    'application/x-json',
    'application/vnd.api+json',
    'application/json/extra',
    'applicationjson',
    'application/json, text/plain',
    ' ',
    'image/svg+xml',
    '__proto__',
    'multipart/mixed; boundary=x',
  ])('"%s" is not a type that is understood, and passes by no check', async (type) => {
    const answer = await bytesAnswer((await taking()).port, type, '{"name":"ab","count":1}')
    expect(answer.status).toBe(415)
    expect(answer.body).toContain('http.media_type')
  })

  it('a body without a type is not taken either', async () => {
    const answer = await bytesAnswer((await taking()).port, null, '{"name":"ab","count":1}')
    expect(answer.status).toBe(415)
  })

  it('what does not have the shape is refused with each place', async () => {
    const refused = await problem(await send(await taking(), 'application/json', '{"name":"a","count":1.5,"extra":true}'))
    expect(refused).toMatchObject({ status: 400, code: 'http.invalid', title: 'This cannot be done as asked' })
    expect(refused.where).toBe('/name')
    for (const place of ['/name', '/count', 'extra']) expect(refused.detail).toContain(place)
    expect(await problem(await send(await taking(), 'application/json', '{"name":"ab","count":1}', '/things/1?deep=x'))).toMatchObject({
      code: 'http.invalid',
      where: '/deep',
    })
  })

  it.each([
    ['nothing', ''],
    ['half of it', '{"name":"ab"'],
    ['a prototype', '{"name":"ab","count":1,"__proto__":{"admin":true}}'],
    ['a constructor’s prototype', '{"name":"ab","count":1,"constructor":{"prototype":{"admin":true}}}'],
    ['ten thousand levels', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['a million levels that never close', '['.repeat(1_000_000)],
    ['a number for a body', '7'],
    ['null', 'null'],
  ])('JSON that is %s is refused as a request, not as a bug', async (_, body) => {
    const answer = await send(await taking(), 'application/json', body)
    expect((await problem(answer)).status).toBe(400)
  })

  it('a body that is too large is refused, also when its length was not told', async () => {
    const served = await taking()
    const large = 'x'.repeat(5 * 1024 * 1024)
    expect(await problem(await send(served, 'application/json', large))).toMatchObject({ status: 413, code: 'http.too_large' })
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < 80; at++) controller.enqueue(new Uint8Array(65_536).fill(0x78))
        controller.close()
      },
    })
    const streamed = { method: 'POST', body: chunks, duplex: 'half', headers: { 'content-type': 'application/octet-stream' } }
    expect((await served.get('/raw', streamed as RequestInit)).status).toBe(413)
  })

  it('forms of both kinds give the same fields; a chosen file’s name stands beside its bytes', async () => {
    const served = await taking()
    const form = new FormData()
    form.set('name', ' Änne ')
    form.set('file', new File(['x'], 'a.yml'))
    const multipart = await served.get('/form', { method: 'POST', body: form })
    expect(await multipart.json()).toMatchObject({ names: ['name', 'file', 'file#name'], name: 'Änne' })
    const encoded = await served.get('/form', { method: 'POST', body: new URLSearchParams({ name: ' Änne ', file: 'x' }) })
    expect(await encoded.json()).toMatchObject({ names: ['name', 'file'], name: 'Änne' })
  })

  it('a field’s name is a name and nothing else', async () => {
    const served = await taking()
    const form = new FormData()
    for (const name of ['__proto__', 'constructor', 'toString']) form.set(name, new File(['{"polluted":1}'], 'a'))
    expect(await (await served.get('/form', { method: 'POST', body: form })).json()).toMatchObject({
      names: ['__proto__', '__proto__#name', 'constructor', 'constructor#name', 'toString', 'toString#name'],
      name: '',
      polluted: null,
    })
    const encoded = await send(served, 'application/x-www-form-urlencoded', '__proto__=1&constructor=2&name=x', '/form')
    expect(await encoded.json()).toMatchObject({ names: ['__proto__', 'constructor', 'name'], polluted: null })
  })

  it.each([
    ['no boundary', 'multipart/form-data', 'x'],
    ['another boundary', 'multipart/form-data; boundary=a', '--b\r\ncontent-disposition: form-data; name="x"\r\n\r\n1\r\n--b--\r\n'],
    ['no end', 'multipart/form-data; boundary=a', '--a\r\ncontent-disposition: form-data; name="x"\r\n\r\n1'],
    ['a part without a name', 'multipart/form-data; boundary=a', '--a\r\n\r\n1\r\n--a--\r\n'],
    ['rubbish', 'multipart/form-data; boundary=a', '\0\0\0'],
  ])('a form with %s is refused with a sentence', async (_, type, body) => {
    expect(await problem(await send(await taking(), type, body, '/form'))).toMatchObject({ status: 400, code: 'http.bad_form' })
  })

  it.each([
    ['a header', 'POST /things/1 HTTP/1.1\r\nhost: x\r\nx-a: '],
    ['a body', 'POST /things/1 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"a":'],
    ['a body in chunks', 'POST /raw HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel'],
  ])('a sender who never finishes %s is let go when the time for a request is over', async (_, start) => {
    const slow = await serve(
      (app) => {
        app.post('/things/:id', ANYBODY, async () => 'x')
        app.post('/raw', ANYBODY, async () => 'x')
      },
      { request_ms: 200 },
    )
    expect(await bytes(slow.port, start)).toMatch(/^HTTP\/1\.1 408 /)
  })

  it.each([
    ['NUL in a path', '/things/a%00b', '{"name":"ab","count":1}', '/id'],
    ['NUL in a query', '/things/1?deep=%00', '{"name":"ab","count":1}', '/deep'],
    ['NUL in a body', '/things/1', '{"name":"a\\u0000b","count":1}', '/name'],
    ['half of a character', '/things/1', '{"name":"a\\udc00","count":1}', '/name'],
  ])('%s is refused with its place', async (_, path, body, where) => {
    expect(await problem(await send(await taking(), 'application/json', body, path))).toMatchObject({
      status: 400,
      code: 'http.bad_text',
      where,
    })
  })

  it('JSON that is none is refused with the line and column', async () => {
    const told = await problem(await send(await taking(), 'application/json', '{\n  "name": ab\n}'))
    expect(told).toMatchObject({ code: 'http.bad_json', where: 'line 2, column 11' })
  })

  it('a form of very many fields is bounded by its size and does not stop the server', async () => {
    const served = await taking()
    const fields = Array.from({ length: 100_000 }, (_, at) => `f${at}=1`).join('&')
    expect((await send(served, 'application/x-www-form-urlencoded', fields, '/form')).status).toBe(200)
  })
})

const bytesAnswer = async (
  port: number,
  type: string | null,
  body: string,
): Promise<{ readonly status: number; readonly body: string }> => {
  const head = `POST /things/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n${type === null ? '' : `content-type: ${type}\r\n`}\r\n`
  const told = await bytes(port, head + body)
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(told)?.[1]), body: told }
}

describe('what goes out', () => {
  it('an address that does not exist is told as a page to a browser and as a problem to a program', async () => {
    const served = await serve(() => undefined)
    const told = await problem(await served.get('/nowhere?secret=1'))
    expect(told).toMatchObject({ status: 404, code: 'http.not_found', where: '/nowhere' })
    const page = await served.get('/nowhere/<script>', { headers: { accept: 'text/html,*/*' } })
    expect(page.status).toBe(404)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await page.text()).not.toContain('<script>')
  })

  it('every answer carries the headers that keep a page from being framed, sniffed or scripted', async () => {
    const served = await serve((app) => {
      app.get('/page', ANYBODY, async (_, reply) => reply.type('text/html').send('<p>x'))
      app.get('/bug', ANYBODY, async () => {
        throw new Error('x')
      })
    })
    for (const [path, status] of [
      ['/page', 200],
      ['/bug', 500],
      ['/nowhere', 404],
      ['/%', 400],
      ['/%zz', 400],
    ] as const) {
      const answer = await served.get(path)
      expect(answer.status, path).toBe(status)
      const policy = answer.headers.get('content-security-policy') ?? ''
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) expect(policy, path).toContain(part)
      expect(policy, path).not.toContain('unsafe')
      expect(answer.headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(answer.headers.get('referrer-policy'), path).toBe('same-origin')
      expect(answer.headers.get('strict-transport-security'), path).toMatch(/max-age=31536000/)
    }
  })

  it('an address that cannot be decoded is told like any other problem', async () => {
    expect((await problem(await (await serve(() => undefined)).get('/%E0%A4%A'))).status).toBe(400)
  })

  it('HSTS is not promised where there is no TLS', async () => {
    const served = await serve(() => undefined, { public_url: () => 'http://127.0.0.1:4380' })
    expect((await served.get('/nowhere')).headers.get('strict-transport-security')).toBeNull()
  })

  it('a bug is an opaque 500 with a number that the log knows, and nothing else of it leaves', async () => {
    const served = await serve((app) => {
      app.get('/bug', ANYBODY, async () => {
        throw Object.assign(new Error('password hunter2 at /srv/secret.ts'), { code: '23505', detail: 'Key (mail)=(a@b.c)' })
      })
      app.get('/text', ANYBODY, async () => {
        // What some libraries do.
        throw 'hunter2' as unknown
      })
      app.get(
        '/shape',
        { ...ANYBODY, schema: { response: { 200: z.object({ a: z.string() }) } } },
        async () => ({ a: 'hunter2', b: 1 }) as never,
      )
      app.get(
        '/wrong',
        { ...ANYBODY, schema: { response: { 200: z.strictObject({ a: z.number() }) } } },
        async () => ({ a: 'hunter2' }) as never,
      )
      app.get('/sql', ANYBODY, async () => {
        throw Object.assign(new Error('hunter2'), { statusCode: 503 })
      })
    })
    for (const path of ['/bug', '/text', '/wrong', '/sql']) {
      const answer = await served.get(path)
      const whole = JSON.stringify([...answer.headers]) + (await answer.clone().text())
      const told = await problem(answer)
      expect(told, path).toMatchObject({ status: 500, code: 'bug' })
      for (const secret of ['hunter2', 'secret.ts', 'a@b.c', '23505', '.ts:']) expect(whole, path).not.toContain(secret)
      const number = /request ([0-9a-f-]{36})\./.exec(told.detail)?.[1]
      expect(number, path).toBeDefined()
      expect(
        served.logged.some((line) => line.includes(number ?? '') && line.includes('"bug"')),
        path,
      ).toBe(true)
    }
    // What the shape does not name does not leave.
    expect(await (await served.get('/shape')).json()).toEqual({ a: 'hunter2' })
  })

  it('a refusal is told in its own words, with its place', async () => {
    const served = await serve((app) => {
      app.get('/refused', ANYBODY, async () => {
        throw new Refused('directory.no_such_app', 'There is no app “x”.', '/app')
      })
      app.get('/moved', ANYBODY, async () => {
        throw new Refused('assessments.wrong_state', 'It was submitted already.')
      })
    })
    expect(await problem(await served.get('/refused'))).toEqual({
      type: 'urn:castellan:problem:directory.no_such_app',
      title: 'Not found',
      status: 404,
      detail: 'There is no app “x”.',
      code: 'directory.no_such_app',
      where: '/app',
    })
    expect((await problem(await served.get('/moved'))).status).toBe(409)
  })

  it('too many requests from one address are refused for a while, and signs of life are not counted', async () => {
    const served = await serve(
      (app) => {
        app.get('/', ANYBODY, async () => 'x')
        app.get('/healthz', ANYBODY, async () => 'x')
      },
      { requests_a_minute: 3 },
    )
    const statuses = []
    for (let at = 0; at < 5; at++) statuses.push((await served.get('/')).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    const refused = await served.get('/')
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await problem(refused)).toMatchObject({ code: 'http.too_many', title: 'Too many requests' })
    for (let at = 0; at < 10; at++) expect((await served.get('/healthz')).status).toBe(200)
  })

  it('where a request comes from is believed from a proxy that was named, and from nobody else', async () => {
    const limited = (trust_proxy: readonly string[]) =>
      serve((app) => void app.get('/', ANYBODY, async (request) => ({ ip: request.ip })), { trust_proxy })
    const forwarded = { headers: { 'x-forwarded-for': '203.0.113.7' } }
    expect(await (await (await limited([])).get('/', forwarded)).json()).toEqual({ ip: '127.0.0.1' })
    expect(await (await (await limited(['10.0.0.1'])).get('/', forwarded)).json()).toEqual({ ip: '127.0.0.1' })
    expect(await (await (await limited(['127.0.0.1'])).get('/', forwarded)).json()).toEqual({ ip: '203.0.113.7' })
  })

  it('the log has the path, the status and the time of a request: no query, no link’s secret, no header', async () => {
    const served = await serve((app) => {
      app.get('/links/:secret', ANYBODY, async () => 'x')
      app.get('/', ANYBODY, async () => 'x')
    })
    await served.get('/links/s3cret')
    await served.get('/?token=s3cret', { headers: { authorization: 'Bearer s3cret', cookie: 'castellan_session=s3cret' } })
    await served.get('/nowhere/?a=s3cret')
    await served.get('/LINKS/s3cret')
    expect(served.logged.length).toBeGreaterThan(2)
    expect(served.logged.join('')).not.toContain('s3cret')
    expect(served.logged.some((line) => line.includes('"path":"/"'))).toBe(true)
  })
})
