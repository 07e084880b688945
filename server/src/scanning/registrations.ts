import { z } from 'zod'
import { Refused } from '../kernel/refused.ts'
import type { Day, Instant } from '../kernel/time.ts'

/** Until when domains are registered, by the operator's own look at RDAP (RFC 9083), and of when that look was. */
export type Registrations = { readonly as_of: Instant; readonly expires: { readonly [domain: string]: Day } }

const File = z.record(
  z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a domain in lower case is asked for'),
  z.iso.date('a day such as 2027-03-01 is asked for'),
)

/** Reads the operator's file. A mistake names its place. */
export function registrationsIn({ as_of, text }: { readonly as_of: Instant; readonly text: string }): Registrations {
  const read = File.safeParse(parsed(text))
  if (read.success) return { as_of, expires: read.data as Registrations['expires'] }
  const [issue] = read.error.issues
  throw refused(`${issue?.message ?? 'unknown shape'} at ${issue?.path.join('.') ?? ''}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error))
  }
}

const refused = (why: string): Refused =>
  new Refused(
    'scanning.registrations',
    `DOMAIN_REGISTRATIONS is no JSON object of domains and the days until which they are registered: ${why}.`,
  )
