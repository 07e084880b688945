import { describe, expect, it } from 'vitest'
import { guardOf, type Guard, type Lookup } from './guard.ts'

const https = { plain_http: false, ports: [] } as const
const admitted = (guard: Guard, url: string, rules: Parameters<Guard['admit']>[1] = https): string =>
  guard.admit(new URL(url), rules)?.reason ?? 'admitted'
const nobody: Lookup = async (name) => {
  throw new Error(`${name} was looked up`)
}
const answering =
  (...addresses: readonly string[]): Lookup =>
  async () =>
    addresses
const coded = (code: string): Error => Object.assign(new Error(code), { code })

describe('before any look-up', () => {
  const guard = guardOf({ resolver: nobody })

  it.each([
    // Every spelling that URL parsing turns into an address.
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.0.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0x0.0x0.0x1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://0x7f.1/',
    'https://127.0.0.1./',
    'https://127.0.0.1:443/',
    'https://0/',
    'https://0.0.0.0/',
    'https://%31%32%37.0.0.1/',
    'https://１２７.０.０.１/',
    'https://①②⑦.⓪.⓪.①/',
    'https://127。0。0。1/',
    'https://127．0．0．1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0xa9fea9fe/',
    'https://2852039166/',
    'https://0251.0376.0251.0376/',
    'https://[::1]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://10.0.0.1/',
    'https://192.168.1.1/',
    'https://100.100.100.200/',
    'https:\\\\127.0.0.1/',
    'https:///127.0.0.1/',
    'https:127.0.0.1/',
    // Names.
    'https://localhost/',
    'https://LOCALHOST/',
    'https://localhost./',
    'https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/',
    'https://loc%61lhost/',
    'https://metadata.google.internal/',
    'https://server/',
    'https://db.internal../',
  ])('%s is refused as an address', (url) => expect(admitted(guard, url)).toBe('forbidden_address'))

  it.each([
    'https://[fe80::1%25eth0]/',
    'https://127.0.0.1.1.1:99999/',
    'https://',
    'https://exa mple.com/',
    'https://[::1/',
    'https://1.2.3.256/',
  ])('%s is no URL at all', (url) => expect(URL.canParse(url)).toBe(false))

  it.each([
    'file:///etc/passwd',
    'ftp://example.com/',
    'gopher://example.com/',
    'data:text/plain,x',
    'javascript:alert(1)',
    'ws://example.com/',
  ])('%s is refused by its scheme', (url) => expect(admitted(guard, url)).toBe('forbidden_scheme'))

  it('plain http is refused unless the caller asks for it', () => {
    expect(admitted(guard, 'http://example.com/')).toBe('forbidden_scheme')
    expect(admitted(guard, 'http://example.com/', { ...https, plain_http: true })).toBe('admitted')
  })

  it.each([
    'https://user@example.com/',
    'https://user:secret@example.com/',
    'https://:secret@example.com/',
    'https://example.com@127.0.0.1/',
  ])('%s names a user, which is not sent', (url) => expect(admitted(guard, url)).toBe('bad_url'))

  it('ports beside 443 and 80 are those that the caller names', () => {
    expect(admitted(guard, 'https://example.com:8443/')).toBe('forbidden_port')
    expect(admitted(guard, 'https://example.com:22/')).toBe('forbidden_port')
    expect(admitted(guard, 'https://example.com:0/')).toBe('forbidden_port')
    expect(admitted(guard, 'https://example.com:8443/', { ...https, ports: [8443] })).toBe('admitted')
    expect(admitted(guard, 'https://example.com:80/')).toBe('admitted')
  })

  it('the operator’s own names are refused', () => {
    const own = guardOf({ resolver: nobody, deny_names: ['trust.example.com'] })
    expect(admitted(own, 'https://trust.example.com/')).toBe('forbidden_address')
    expect(admitted(own, 'https://example.com/')).toBe('admitted')
  })
})

describe('a name is judged by every address that it resolves to', () => {
  it.each([
    ['a public one', ['93.184.215.14'], 'destination'],
    ['two public ones', ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'], 'destination'],
    ['a private one', ['10.0.0.1'], 'forbidden_address'],
    ['a public one and a private one after it', ['93.184.215.14', '127.0.0.1'], 'forbidden_address'],
    [
      'a private one behind many public ones',
      [...Array.from({ length: 20 }, () => '93.184.215.14'), '169.254.169.254'],
      'forbidden_address',
    ],
    ['a mapped one', ['::ffff:10.0.0.1'], 'forbidden_address'],
    ['one with a zone', ['fe80::1%eth0'], 'forbidden_address'],
    ['none', [], 'no_such_host'],
    ['what is no address', ['localhost', '127.1'], 'no_such_host'],
  ])('%s', async (_, addresses, answer) => {
    const place = await guardOf({ resolver: answering(...addresses) }).locate('app.example.com', 443)
    expect(place.kind === 'destination' ? place.kind : place.reason).toBe(answer)
  })

  it('and at most four addresses are tried', async () => {
    const place = await guardOf({ resolver: answering('1.0.0.1', '1.0.0.2', '1.0.0.3', '1.0.0.4', '1.0.0.5') }).locate(
      'app.example.com',
      443,
    )
    expect(place).toMatchObject({ addresses: ['1.0.0.1', '1.0.0.2', '1.0.0.3', '1.0.0.4'] })
  })

  it.each([
    ['ENOTFOUND', 'no_such_host'],
    ['ENODATA', 'no_such_host'],
    ['ETIMEOUT', 'dns_timeout'],
    ['ECANCELLED', 'dns_timeout'],
    ['ESERVFAIL', 'dns'],
    ['ECONNREFUSED', 'dns'],
  ])('a look-up that fails with %s is %s', async (code, reason) => {
    expect(await guardOf({ resolver: () => Promise.reject(coded(code)) }).locate('app.example.com', 443)).toMatchObject({ reason })
  })

  it('name servers that never answer are given three seconds', async () => {
    const guard = guardOf({ resolver: () => new Promise(() => {}) })
    expect(await guard.locate('app.example.com', 443)).toMatchObject({ reason: 'dns_timeout' })
  })

  it('names that are refused are not even looked up, in any spelling', async () => {
    const guard = guardOf({ resolver: nobody })
    for (const host of ['localhost', 'LOCALHOST.', '[::1]', '127.0.0.1', 'a b', '', 'metadata.google.internal']) {
      expect(await guard.locate(host, 443), host).toMatchObject({ reason: 'forbidden_address' })
    }
  })
})

describe('a test target', () => {
  const guard = guardOf({ allow_targets: ['127.0.0.1:3100'], resolver: answering('127.0.0.1') })

  it('is that address with that port and no other', async () => {
    expect(admitted(guard, 'https://127.0.0.1:3100/')).toBe('admitted')
    expect(admitted(guard, 'http://127.0.0.1:3100/')).toBe('admitted')
    expect(admitted(guard, 'https://127.0.0.1:3101/')).toBe('forbidden_address')
    expect(admitted(guard, 'https://127.0.0.2:3100/')).toBe('forbidden_address')
    expect(admitted(guard, 'https://[::1]:3100/')).toBe('forbidden_address')
    expect(await guard.locate('127.0.0.1', 3101)).toMatchObject({ reason: 'forbidden_address' })
  })

  it('may have a name, which gives no right to another port beside it and none to a local name', async () => {
    expect(await guard.locate('app.example.com', 3100)).toMatchObject({ kind: 'destination' })
    expect(await guard.locate('app.example.com', 443)).toMatchObject({ reason: 'forbidden_address' })
    expect(await guard.locate('localhost', 3100)).toMatchObject({ reason: 'forbidden_address' })
  })
})

describe('an origin of the operator’s own', () => {
  const guard = guardOf({ own_origins: ['http://status.corp:8080', 'https://10.0.0.5'], resolver: answering('10.0.0.9') })

  it('is allowed wherever it lies, with its port and no other', async () => {
    expect(admitted(guard, 'http://status.corp:8080/health')).toBe('admitted')
    expect(await guard.locate('status.corp', 8080)).toMatchObject({ kind: 'destination', addresses: ['10.0.0.9'] })
    expect(await guard.locate('10.0.0.5', 443)).toMatchObject({ kind: 'destination', addresses: ['10.0.0.5'] })
    expect(admitted(guard, 'http://status.corp:8081/')).toBe('forbidden_address')
    expect(await guard.locate('status.corp', 443)).toMatchObject({ reason: 'forbidden_address' })
    expect(await guard.locate('10.0.0.5', 8080)).toMatchObject({ reason: 'forbidden_address' })
    expect(await guard.locate('app.example.com', 8080)).toMatchObject({ reason: 'forbidden_address' })
  })
})
