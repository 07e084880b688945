import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { queryHash } from './tokens.ts'

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const of = (method: string, address: string, base = ''): string => queryHash(method, new URL(address, 'https://app.example'), base)

describe('a token is bound to method, path and query', () => {
  it.each([
    ['GET', '/ui/use', 'GET&/ui/use&'],
    ['post', '/ui/use/', 'POST&/ui/use&'],
    ['GET', '/', 'GET&/&'],
    ['GET', '/x?b=2&a=1', 'GET&/x&a=1&b=2'],
    ['GET', '/x?a=2&a=1', 'GET&/x&a=1,2'],
    ['GET', '/x?a=1&jwt=aaa.bbb.ccc', 'GET&/x&a=1'],
    ['GET', '/x?a=b%20c&d=e%2Ff', 'GET&/x&a=b%20c&d=e%2Ff'],
    ['GET', '/x?a=b+c', 'GET&/x&a=b%20c'],
    ['GET', "/x?a=!'()*~-._", 'GET&/x&a=%21%27%28%29%2A~-._'],
    ['GET', '/x?a=', 'GET&/x&a='],
    ['GET', '/x?ü=ä', 'GET&/x&%C3%BC=%C3%A4'],
  ])('%s %s is %s', (method, address, canonical) => expect(of(method, address)).toBe(hash(canonical)))

  it('leaves out the path under which the app itself lies', () => expect(of('GET', '/base/ui/use', '/base')).toBe(hash('GET&/ui/use&')))

  it('and to nothing else: each of them changed makes another', () => {
    const one = of('GET', '/ui/use?project=A')
    for (const [method, address] of [
      ['POST', '/ui/use?project=A'],
      ['GET', '/ui/admin?project=A'],
      ['GET', '/ui/use?project=B'],
      ['GET', '/ui/use'],
      ['GET', '/ui/use?project=A&admin=1'],
    ] as const)
      expect(of(method, address), `${method} ${address}`).not.toBe(one)
  })
})
