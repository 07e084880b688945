import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Refused } from '../../kernel/refused.ts'

/**
 * Which addresses a stranger may send us to. Everything that is not plainly public is refused: private and local ranges,
 * cloud metadata, documentation and benchmark ranges, and IPv6 forms that carry an IPv4 address inside are judged by it.
 */

/** IANA special-purpose registries (RFC 6890 and its updates), and what cloud providers put beside them. */
const DENIED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map((range) => ipaddr.IPv4.parseCIDR(range))

/** Only 2000::/3 is handed out as global unicast (RFC 4291), so everything else is refused at once; these lie inside it. */
const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3')
const DENIED_V6 = ['2001::/23', '2001:db8::/32', '2620:4f:8000::/48', '3fff::/20'].map((range) => ipaddr.IPv6.parseCIDR(range))

/**
 * Where an IPv4 address hides in an IPv6 one: first byte of it, and whether its bits are turned over (Teredo). Local NAT64
 * (64:ff9b:1::/48, RFC 8215) is not here: where its IPv4 stands depends on the network, so it is refused like all that is local.
 */
const INNER_V4 = [
  { range: ipaddr.IPv6.parseCIDR('::/96'), from: 12, inverted: false },
  { range: ipaddr.IPv6.parseCIDR('::ffff:0:0/96'), from: 12, inverted: false },
  { range: ipaddr.IPv6.parseCIDR('::ffff:0:0:0/96'), from: 12, inverted: false },
  { range: ipaddr.IPv6.parseCIDR('64:ff9b::/96'), from: 12, inverted: false },
  { range: ipaddr.IPv6.parseCIDR('2001::/32'), from: 12, inverted: true },
  { range: ipaddr.IPv6.parseCIDR('2002::/16'), from: 2, inverted: false },
] as const

/** Names that mean this machine, its network or its provider's metadata service, whatever a resolver says of them. */
const DENIED_NAMES = [
  'localhost',
  'local',
  'internal',
  'localdomain',
  'intranet',
  'home.arpa',
  'lan',
  'corp',
  'onion',
  'invalid',
  'test',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data.ec2.internal',
  'metadata.azure.com',
  'metadata.tencentyun.com',
  'metadata.packet.net',
]

/** What an address is to us. */
export type AddressClass = 'public' | 'denied' | 'not_an_address'

/** Classifies an IP address in its plain spelling (as URL parsing or a resolver gives it). */
export function classOf(address: string): AddressClass {
  const bare = address.replace(/^\[|\]$/g, '')
  if (isIP(bare) === 0) return 'not_an_address'
  // A zone (fe80::1%eth0) is only meaningful on our own links.
  if (bare.includes('%')) return 'denied'
  const read = ipaddr.parse(bare)
  return read.kind() === 'ipv4' ? classOfV4(read as ipaddr.IPv4) : classOfV6(read as ipaddr.IPv6)
}

const classOfV4 = (address: ipaddr.IPv4): AddressClass => (DENIED_V4.some((range) => address.match(range)) ? 'denied' : 'public')

function classOfV6(address: ipaddr.IPv6): AddressClass {
  const inner = innerV4(address)
  // A form that carries an IPv4 address is judged by that address.
  if (inner !== null) return classOfV4(inner)
  if (!address.match(GLOBAL_V6)) return 'denied'
  return DENIED_V6.some((range) => address.match(range)) ? 'denied' : 'public'
}

function innerV4(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const bytes = address.toByteArray()
  const form = INNER_V4.find(({ range }) => address.match(range))
  if (form === undefined) return null
  return new ipaddr.IPv4(bytes.slice(form.from, form.from + 4).map((byte) => (form.inverted ? byte ^ 0xff : byte)))
}

/** True for a name that must not be looked up: local and metadata names, names without a dot, and the operator's own. */
export function isDeniedName(name: string, operators: readonly string[] = []): boolean {
  const plain = name.toLowerCase().replace(/\.+$/, '')
  if (!plain.includes('.')) return true
  return [...DENIED_NAMES, ...operators.map((own) => own.toLowerCase().replace(/\.+$/, ''))].some(
    (denied) => plain === denied || plain.endsWith(`.${denied}`),
  )
}

/** Test targets as a set of `address|port`; only literal `IP:port` and `[IPv6]:port` are taken. */
export function readTargets(targets: readonly string[]): ReadonlySet<string> {
  return new Set(
    targets.map((target) => {
      const read = /^(?:\[([0-9a-f:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):(\d{1,5})$/i.exec(target)
      const address = read?.[1] ?? read?.[2]
      const port = Number(read?.[3])
      if (address === undefined || isIP(address) === 0 || port < 1 || port > 65_535) {
        throw new Refused('net.not_a_target', `"${target}" is not a literal address and port; write it like 127.0.0.1:3100`)
      }
      return targetKey(address, port)
    }),
  )
}

/** One spelling for an address and port. */
export const targetKey = (address: string, port: number): string => `${sameSpelling(address)}|${port}`

/** The canonical spelling of an address; IPv4 inside IPv6 (as sockets report it) becomes IPv4. */
export function sameSpelling(address: string): string {
  const bare = address.replace(/^\[|\]$/g, '')
  if (isIP(bare) === 0 || bare.includes('%')) return bare
  return ipaddr.process(bare).toString()
}
