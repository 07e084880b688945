import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '../../kernel/time.ts'
import { operatorClient } from './operator.ts'

describe('the client for the operator’s own destinations', () => {
  const server = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    else response.end('own')
  })
  let origin: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => void server.close())
  const client = (...destinations: readonly string[]) =>
    operatorClient(destinations, { user_agent: 'test', now: () => instant(1_790_000_000_000) })

  it('reaches a destination of the configuration on a private address, by address and by name', async () => {
    expect(await client(origin).fetch({ url: `${origin}/` })).toMatchObject({ kind: 'answer', status: 200 })
    const named = origin.replace('127.0.0.1', 'localhost')
    expect(await client(named).fetch({ url: `${named}/health` })).toMatchObject({ kind: 'answer', status: 200 })
  })

  it('reaches nothing else, also not by a redirect', async () => {
    for (const url of [
      origin.replace('127.0.0.1', '127.0.0.2'),
      'https://example.com/',
      'http://169.254.169.254/',
      'nonsense',
      `${origin}0/`,
    ]) {
      expect(await client(origin).fetch({ url }), url).toMatchObject({ kind: 'no-answer', reason: 'forbidden_address' })
    }
    expect(await client(origin).fetch({ url: `${origin}/away`, limits: { redirects: 3 } })).toMatchObject({ reason: 'forbidden_address' })
  })
})
