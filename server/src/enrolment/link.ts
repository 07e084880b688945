import { Refused } from '../kernel/refused.ts'
import { MINUTE_MS } from '../kernel/time.ts'
import type { Unit } from '../platform/sql/database.ts'
import { firstAdmin } from './admin-link.ts'
import { credentialOf, LINKS, putCredential, useUp, type Credential } from './credential.ts'
import type { EnrolmentEvent, SignInMethod } from './events.ts'
import { organisationOf } from './organisation.ts'
import { changePerson, createPerson, join, membershipsOf, personByMail, personOf, type Person } from './person.ts'
import { roleIn, type Role } from './roles.ts'
import { startSession } from './session.ts'

export const SIGN_IN_LINK_LASTS_MS = 15 * MINUTE_MS
export const MAIL_LINK_LASTS_MS = 60 * MINUTE_MS

/** What a link would do for the one who opened it. Looking does not use it up: mail programs open links before people do. */
export type Prospect =
  | { readonly kind: 'admin' }
  | { readonly kind: 'sign-in'; readonly person: Person }
  | { readonly kind: 'mail'; readonly person: Person; readonly mail: string }
  | {
      readonly kind: 'join'
      readonly organisation: string
      readonly role: Role
      /** Who would join; null: somebody new, who says their name. */
      readonly person: Person | null
    }

/** What stands behind a link, for somebody who is signed in as `signed_in` or as nobody; null when it is used, over or unknown. */
export async function prospectOf(unit: Unit, secret: string, signed_in: string | null): Promise<Prospect | null> {
  const link = await credentialOf(unit, secret, LINKS)
  if (link === null) return null
  switch (link.kind) {
    case 'admin_link':
      return { kind: 'admin' }
    case 'sign_in_link': {
      const person = await personIn(unit, link)
      return person === null ? null : { kind: 'sign-in', person }
    }
    case 'mail_link': {
      const person = await personIn(unit, link)
      return person === null || link.mail === null ? null : { kind: 'mail', person, mail: link.mail }
    }
    case 'invitation': {
      if (link.organisation === null || link.role === null) return null
      const { name, kind } = await organisationOf(unit, link.organisation)
      const role = roleIn(kind, link.role)
      if (role === null) return null
      return { kind: 'join', organisation: name, role, person: await whoJoins(unit, link, signed_in) }
    }
    case 'session':
    case 'token':
      return null
  }
}

/** What came of a link: who is signed in now, how and by which new session, and what there is to record. */
export type Redeemed = {
  readonly person: string
  readonly method: SignInMethod
  readonly session_secret: string
  readonly events: readonly EnrolmentEvent[]
}

/**
 * Uses a link up and signs its opener in, in a new session. Everything or nothing: when it throws, the transaction takes the
 * use back.
 */
export async function redeem(
  unit: Unit,
  secret: string,
  opener: { readonly signed_in: string | null; readonly session_secret: string | null; readonly name: string | null },
): Promise<Redeemed> {
  const link = await useUp(unit, secret)
  if (link === null) throw new Refused('enrolment.link_over', 'This link was used already, is over or was never ours. Ask for a new one.')
  // The guarantee of the cast: an effect is refused for whatever lets nobody in.
  const { person, events } = await effectOf(unit, link, opener)
  const method = link.kind as SignInMethod
  const session = await startSession(unit, person, opener.session_secret)
  return { person, method, session_secret: session.secret, events }
}

type Opener = { readonly signed_in: string | null; readonly name: string | null }

async function effectOf(
  unit: Unit,
  link: Credential,
  opener: Opener,
): Promise<{ readonly person: string; readonly events: readonly EnrolmentEvent[] }> {
  switch (link.kind) {
    case 'admin_link': {
      const { person, organisation, new_organisation, is_new } = await firstAdmin(unit)
      const created: EnrolmentEvent = { type: 'enrolment.organisation_created', payload: { organisation, kind: 'operator' } }
      const joined: EnrolmentEvent = {
        type: 'enrolment.person_joined',
        payload: { person, organisation, role: 'operator-admin', by_link: link.id },
      }
      return { person, events: [...(new_organisation ? [created] : []), ...(is_new ? [joined] : [])] }
    }
    case 'sign_in_link': {
      const person = await personIn(unit, link)
      if (person === null) throw gone()
      return { person: person.person, events: [] }
    }
    case 'mail_link': {
      const person = await personIn(unit, link)
      if (person === null || link.mail === null) throw gone()
      const holder = await personByMail(unit, link.mail)
      // Whoever opens this has the address, so it may be said that another account has it too.
      if (holder !== null && holder.person !== person.person) {
        throw new Refused('enrolment.mail_taken', 'This address belongs to another account here. Sign in with it, or choose another one.')
      }
      await changePerson(unit, person.person, { mail: link.mail })
      return { person: person.person, events: [] }
    }
    case 'invitation':
      return joinBy(unit, link, opener)
    case 'session':
    case 'token':
      throw gone()
  }
}

async function joinBy(
  unit: Unit,
  link: Credential,
  opener: Opener,
): Promise<{ readonly person: string; readonly events: readonly EnrolmentEvent[] }> {
  if (link.organisation === null || link.role === null) throw gone()
  const { kind, organisation } = await organisationOf(unit, link.organisation)
  const role = roleIn(kind, link.role)
  if (role === null) throw gone()
  const known = await whoJoins(unit, link, opener.signed_in)
  if (known !== null && (await membershipsOf(unit, known.person)).some((membership) => membership.organisation === organisation)) {
    throw new Refused('enrolment.already_member', 'You belong to this organisation already; your role stays as it is.')
  }
  if (known === null && opener.name === null) throw new Refused('enrolment.no_name', 'Say your name.', 'name')
  const person = known?.person ?? (await createPerson(unit, { name: opener.name ?? '', mail: link.mail }))
  await join(unit, person, organisation, role)
  return { person, events: [{ type: 'enrolment.person_joined', payload: { person, organisation, role, by_link: link.id } }] }
}

/**
 * Whoever is signed in; otherwise the person with the address that the link was sent to. That address is theirs: such a link
 * is shown to nobody and travels by mail only, so that no inviter can get into another's account with it.
 */
async function whoJoins(unit: Unit, link: Credential, signed_in: string | null): Promise<Person | null> {
  if (signed_in !== null) return personOf(unit, signed_in)
  return link.mail === null ? null : personByMail(unit, link.mail)
}

const personIn = async (unit: Unit, link: Credential): Promise<Person | null> => (link.person === null ? null : personOf(unit, link.person))

const gone = (): Refused => new Refused('enrolment.link_over', 'What this link was for is not there any more. Ask for a new one.')

/** Makes the link with which a person confirms a new mail address. It leaves by mail only. */
export const makeMailLink = (unit: Unit, person: string, mail: string): Promise<{ readonly id: string }> =>
  putCredential(unit, { kind: 'mail_link', person, mail, lasts_ms: MAIL_LINK_LASTS_MS })
