import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classOf, isDeniedName, readTargets, sameSpelling, targetKey } from './addresses.ts'

describe('an address that is not plainly public is refused', () => {
  it.each([
    ['this network', ['0.0.0.0', '0.255.255.255']],
    ['private', ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255']],
    ['shared by a carrier (CGNAT), and a cloud’s metadata in it', ['100.64.0.0', '100.127.255.255', '100.100.100.200']],
    ['loopback', ['127.0.0.0', '127.0.0.1', '127.255.255.255', '::1']],
    [
      'link-local, and the clouds’ metadata in it',
      ['169.254.0.0', '169.254.169.254', '169.254.170.2', '169.254.255.255', 'fe80::1', 'febf::1'],
    ],
    ['metadata elsewhere', ['168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254']],
    [
      'for protocols, documentation and benchmarks',
      ['192.0.0.0', '192.0.2.1', '198.18.0.0', '198.19.255.255', '198.51.100.1', '203.0.113.1'],
    ],
    ['for name servers’ dark corners and relays', ['192.31.196.1', '192.52.193.1', '192.175.48.1', '192.88.99.1', '2620:4f:8000::1']],
    ['many at once', ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1']],
    ['for later', ['240.0.0.0', '255.255.255.254']],
    ['unique local and site-local in IPv6', ['fc00::1', 'fdff::1', 'fec0::1']],
    ['nothing at all', ['::', '::2']],
    [
      'for documentation, discard, segments and overlays in IPv6',
      ['2001:db8::1', '3fff::1', '100::1', '5f00::1', '2001:20::1', '2001:2::1'],
    ],
    ['not handed out', ['4000::1', '8000::1', '1fff::1']],
    ['with a zone, which only our own links have', ['fe80::1%eth0', '2606:4700::1111%1']],
  ])('%s', (_, addresses) => {
    for (const address of addresses) expect(classOf(address), address).toBe('denied')
  })

  it.each([
    ['mapped', '::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:10.0.0.1', '::ffff:169.254.169.254'],
    ['translated', '::ffff:0:127.0.0.1', '::ffff:0:10.1.2.3'],
    ['compatible', '::127.0.0.1', '::10.0.0.1', '::7f00:1'],
    ['NAT64', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::10.0.0.1'],
    // The network decides where the IPv4 address stands in these, so the last four bytes prove nothing.
    ['local NAT64', '64:ff9b:1::10.0.0.1', '64:ff9b:1:a00:0:100:808:808', '64:ff9b:1::8.8.8.8'],
    ['6to4', '2002:7f00:1::', '2002:a00:1::1', '2002:a9fe:a9fe::', '2002:c0a8:101::8.8.8.8'],
    ['Teredo, where the bits are turned over', '2001:0:4136:e378:8000:63bf:80ff:fffe', '2001::f5ff:fffe', '2001:0:808:808::5601:5601'],
  ])('an IPv4 address inside an IPv6 one is judged by itself: %s', (_, ...addresses) => {
    for (const address of addresses) expect(classOf(address), address).toBe('denied')
  })

  it.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
  ])('both sides of a boundary are told apart: %s is public', (address) => expect(classOf(address)).toBe('public'))

  it.each([
    '',
    'example.com',
    '127.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '1.2.3.4.5',
    '1.2.3',
    '127.0.0.1 ',
    '１２７.0.0.1',
    ':::1',
  ])('"%s" is no address in plain spelling, and so never connected to', (text) => expect(classOf(text)).toBe('not_an_address'))

  it('no spelling of a denied IPv4 address inside IPv6 gets out', () => {
    const octet = fc.nat({ max: 255 })
    fc.assert(
      fc.property(fc.constantFrom('10', '127', '0', '240'), octet, octet, octet, (a, b, c, d) => {
        const v4 = `${a}.${b}.${c}.${d}`
        const hex = [a, b, c, d].map((part) => Number(part).toString(16).padStart(2, '0')).join('')
        const [high, low] = [hex.slice(0, 4), hex.slice(4)]
        const spellings = [
          v4,
          `::ffff:${v4}`,
          `::FFFF:${v4}`,
          `::ffff:${high}:${low}`,
          `0000:0000:0000:0000:0000:ffff:${high}:${low}`,
          `[::ffff:${v4}]`,
          `64:ff9b::${v4}`,
          `2002:${high}:${low}::`,
        ]
        for (const spelling of spellings) expect(classOf(spelling), spelling).toBe('denied')
      }),
    )
  })
})

describe('a name that means this machine or its network is not looked up', () => {
  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'foo.localhost',
    'printer.local',
    'db.internal',
    'metadata.google.internal',
    'metadata.google.internal.',
    'metadata.goog',
    'intranet',
    'a',
    'router.home.arpa',
    'nas.lan',
    'hidden.onion',
    'x.test',
    'x.invalid',
    '',
    '.',
  ])('"%s"', (name) => expect(isDeniedName(name)).toBe(true))

  it.each(['example.com', 'localhost.example.com', 'mylocalhost.com', 'internal.example.com', 'notlocal.dev', 'xn--bcher-kva.example'])(
    '"%s" is another matter',
    (name) => expect(isDeniedName(name)).toBe(false),
  )

  it('the operator’s own names are refused with all below them, whatever their case and dots', () => {
    const own = ['Trust.Example.com.']
    for (const name of ['trust.example.com', 'TRUST.example.COM.', 'admin.trust.example.com'])
      expect(isDeniedName(name, own), name).toBe(true)
    for (const name of ['example.com', 'nottrust.example.com', 'trust.example.com.evil.io'])
      expect(isDeniedName(name, own), name).toBe(false)
  })
})

describe('a test target is a literal address with a port', () => {
  it('and has one spelling', () => {
    expect(readTargets(['127.0.0.1:3100', '[::1]:8080'])).toEqual(new Set(['127.0.0.1|3100', '::1|8080']))
    expect(targetKey('::ffff:127.0.0.1', 3100)).toBe('127.0.0.1|3100')
    expect(sameSpelling('[0:0:0:0:0:0:0:1]')).toBe('::1')
  })

  it.each([
    'localhost:3100',
    'example.com:443',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '127.0.0.1:http',
    '127.1:3100',
    '0x7f.0.0.1:3100',
    '2130706433:3100',
    '127.0.0.0/8:3100',
    '*:3100',
    '127.0.0.1:3100/path',
    'http://127.0.0.1:3100',
    '::1:3100',
    '[::1%lo]:3100',
    ' 127.0.0.1:3100',
    '999.0.0.1:80',
    '',
  ])('"%s" is none', (target) => expect(() => readTargets([target])).toThrow(expect.objectContaining({ code: 'net.not_a_target' })))
})
