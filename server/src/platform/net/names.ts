import { Resolver } from 'node:dns/promises'
import { codeOf } from './guard.ts'

/** What the name servers say of a host. */
export type NameFacts = {
  readonly host: string
  /** The names that it is another name for, one after the other. */
  readonly chain: readonly string[]
  /** What the last of them has: addresses, none, or it does not exist at all. `failed`: the name servers did not say. */
  readonly end: 'addresses' | 'no_address' | 'no_such_name' | 'failed'
  /** The registrable domain above it, and whether there is a zone; null when the name servers did not say. */
  readonly domain: string
  readonly domain_exists: boolean | null
}

export type AsksNames = (host: string, domain: string) => Promise<NameFacts>

const TIMEOUT_MS = 2_500
const TRIES = 2
/** Longer chains are loops. */
const LONGEST_CHAIN = 8

/** Asks the machine's name servers, or those that are named as `address:port`. */
export function asksNames(servers?: readonly string[]): AsksNames {
  return async (host, domain) => {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
    if (servers !== undefined) resolver.setServers([...servers])
    const [followed, zone] = await Promise.all([follow(resolver, host), told(() => resolver.resolveSoa(domain))])
    // A name without a record of this kind exists all the same.
    const domain_exists = zone === 'there' || zone === 'nothing' ? true : zone === 'no_such_name' ? false : null
    return { host, ...followed, domain, domain_exists }
  }
}

async function follow(resolver: Resolver, host: string): Promise<Pick<NameFacts, 'chain' | 'end'>> {
  const chain: string[] = []
  let name = host
  for (;;) {
    let next: string | undefined
    const alias = await told(async () => {
      next = (await resolver.resolveCname(name))[0]
    })
    if (alias === 'no_such_name') return { chain, end: 'no_such_name' }
    if (alias === 'failed') return { chain, end: 'failed' }
    if (next === undefined || chain.length >= LONGEST_CHAIN) break
    name = next.toLowerCase().replace(/\.$/, '')
    chain.push(name)
  }
  const both = await Promise.all([told(() => resolver.resolve4(name)), told(() => resolver.resolve6(name))])
  if (both.includes('there')) return { chain, end: 'addresses' }
  if (both.includes('no_such_name')) return { chain, end: 'no_such_name' }
  return { chain, end: both.includes('failed') ? 'failed' : 'no_address' }
}

/** What came of a question; only what the name servers themselves say counts as an answer. */
async function told(ask: () => Promise<unknown>): Promise<'there' | 'nothing' | 'no_such_name' | 'failed'> {
  try {
    await ask()
    return 'there'
  } catch (error) {
    const code = codeOf(error)
    return code === 'ENODATA' ? 'nothing' : code === 'ENOTFOUND' ? 'no_such_name' : 'failed'
  }
}
