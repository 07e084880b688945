import type { RecordedEvent } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { keyed, secret } from '../platform/crypto.ts'
import type { Unit } from '../platform/sql/database.ts'
import { streamed, type EnrolmentEvent, type SignInMethod } from './events.ts'

/**
 * Who signed in when and how, in the log and without personal data: a person's id, the moment, the kind of link, and a keyed
 * hash of the network, which says "from where they were before" and nothing else. The key is erased with the person.
 */
export type SignIn = {
  readonly at: Instant
  readonly method: SignInMethod
  /** Whether an earlier sign-in came from the same network; null where no address was known. */
  readonly seen_before: boolean | null
}

/** Sign-ins that are shown. */
const SHOWN = 20

/** The network's name in the log: the same for one person and one network, and different for everybody else. */
export async function networkTag(unit: Unit, person: string, address: string | null): Promise<string | null> {
  const network = address === null ? null : networkOf(address)
  if (network === null) return null
  await unit.sql
    .insertInto('person_key')
    .values({ marketplace_id: unit.scope.marketplace, person_id: person, key: secret() })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { key } = await unit.sql
    .selectFrom('person_key')
    .select('key')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('person_id', '=', person)
    .executeTakeFirstOrThrow()
  return keyed(key, network).slice(0, TAG_LENGTH)
}

/** Enough to tell a person's networks apart. */
const TAG_LENGTH = 16

/** The network of an address: 24 bits of an IPv4 address, 48 of an IPv6 address; null for what is neither. */
export function networkOf(address: string): string | null {
  const four = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address)
  if (four !== null) return four[1] ?? null
  if (!/^[0-9a-f:]+(?:%\w+)?$/i.test(address) || !address.includes(':')) return null
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  const known = tail === undefined ? groups : [...groups, '0', '0', '0']
  return known
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/** A person's newest sign-ins, the newest first. */
export async function signInsOf(unit: Unit, person: string): Promise<readonly SignIn[]> {
  const events = (await unit.log.stream(streamOf(person))).filter(({ type }) => type === 'enrolment.signed_in')
  const seen = new Set<string>()
  return events
    .map((event) => {
      const { method, network } = payloadOf(event)
      const seen_before = network === null ? null : seen.has(network)
      if (network !== null) seen.add(network)
      return { at: event.at, method, seen_before }
    })
    .slice(-SHOWN)
    .toReversed()
}

type SignedIn = Extract<EnrolmentEvent, { readonly type: 'enrolment.signed_in' }>['payload']

/** The guarantee of the cast: it is asked for events of this name only. */
const payloadOf = (event: RecordedEvent): SignedIn => event.payload as unknown as SignedIn

const streamOf = (person: string): string =>
  streamed({ type: 'enrolment.signed_in', payload: { person, method: 'sign_in_link', network: null } }).stream
