import type { Desk, House } from '../house.ts'
import type { Actor } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { says } from '../kernel/says.ts'
import { record } from '../platform/dispatch.ts'
import { checkedAddress, putDeliveries } from '../platform/outbox.ts'
import { linkTo } from './admin-link.ts'
import type { Scope } from './acts.ts'
import { actorOf, refusalOf, type Acting } from './authorise.ts'
import { credentialById, type Credential } from './credential.ts'
import { streamed, type EnrolmentEvent } from './events.ts'
import { invite, openInvitations, withdrawInvitation } from './invitation.ts'
import { makeMailLink, prospectOf, redeem, type Prospect } from './link.ts'
import { checkedName } from './name.ts'
import { createOrganisation, organisationOf, organisations, type Organisation } from './organisation.ts'
import { changePerson, erasePerson, leave, membersOf, membershipsOf, personOf, takeRole, type Member, type Person } from './person.ts'
import { roleIn, ROLES_OF, type Role } from './roles.ts'
import { endSession, endSessionsOf } from './session.ts'
import { networkTag, signInsOf, type SignIn } from './sign-ins.ts'
import { issueToken, revokeToken, tokensOf } from './token.ts'

/** Somebody who is signed in at a browser: what a token never is. */
export type SignedIn = Extract<Acting, { kind: 'person' }>

/** The person who is signed in; refuses everybody else. */
export function signedIn(who: Acting): SignedIn {
  if (who.kind === 'person') return who
  if (who.kind === 'token') throw new Refused('enrolment.forbidden', 'A token does not do this; a person has to sign in for it.')
  throw new Refused('enrolment.sign_in', 'Sign in first.')
}

/** What a link would do, without using it up; null when it does nothing any more. */
export async function openLink(house: House, who: Acting, secret: string): Promise<Prospect | null> {
  return atTheDoor(house, (desk) => prospectOf(desk, secret, who.kind === 'person' ? who.person : null))
}

/** Uses a link up and signs in. Answers with the secret of the new session. */
export async function redeemLink(
  house: House,
  who: Acting,
  secret: string,
  given: { readonly name: string | null; readonly session_secret: string | null; readonly address: string | null },
): Promise<{ readonly person: string; readonly session_secret: string }> {
  const name = given.name === null ? null : checkedName(given.name, 'name')
  return atTheDoor(house, async (desk) => {
    const signed_in = who.kind === 'person' ? who.person : null
    const done = await redeem(desk, secret, { signed_in, session_secret: given.session_secret, name })
    const { person, method } = done
    const network = await networkTag(desk, person, given.address)
    const events: readonly EnrolmentEvent[] = [...done.events, { type: 'enrolment.signed_in', payload: { person, method, network } }]
    await recordBy(house, desk, { kind: 'person', id: person }, events)
    return { person: done.person, session_secret: done.session_secret }
  })
}

/**
 * Asks for a sign-in link by mail. Known or unknown, the same one row is written and the same is answered in the same time;
 * whether the address is known is looked up later, when mail leaves, where nobody who asks can see it.
 */
export async function askForSignIn(house: House, mail: string): Promise<void> {
  const address = checkedAddress(mail, 'mail')
  if (house.config.smtp_url === undefined) return
  await atTheDoor(house, (desk) =>
    putDeliveries(desk, [{ to: { kind: 'address', id: address }, says: says('enrolment.sign_in'), subject: null }]),
  )
}

/** Ends a session, or all of a person's. */
export async function signOut(house: House, who: SignedIn, session_secret: string | null, everywhere: boolean): Promise<void> {
  await atTheDoor(house, async (desk) => {
    if (everywhere) await endSessionsOf(desk, who.person)
    else if (session_secret !== null) await endSession(desk, session_secret)
  })
}

/** Organisations: all for the operator and auditors, their own for others. */
export async function readOrganisations(house: House, who: Acting): Promise<readonly Organisation[]> {
  const { memberships } = signedIn(who)
  const sees_all = refusalOf(who, 'read-overview') === null
  const all = await atTheDoor(house, (desk) => organisations(desk))
  return sees_all ? all : all.filter((one) => memberships.some((membership) => membership.organisation === one.organisation))
}

/** Somebody who belongs to an organisation; when they last signed in is for those who may read the log. */
export type MemberSeen = Member & { readonly signed_in_at: string | null }

/** An organisation with those who belong to it, and for those who may invite with what is still open. */
export async function readOrganisation(
  house: House,
  who: Acting,
  organisation: string,
): Promise<Organisation & { readonly members: readonly MemberSeen[]; readonly invitations: readonly Credential[] }> {
  const on = { organisation }
  return house.act(who, 'read-organisation', on, async (desk) => {
    const found = await organisationOf(desk, organisation)
    const reads_log = refusalOf(who, 'read-log') === null
    const members: MemberSeen[] = []
    for (const member of await membersOf(desk, organisation)) {
      const [last] = reads_log ? await signInsOf(desk, member.person) : []
      members.push({ ...member, signed_in_at: last?.at ?? null })
    }
    const invitations = refusalOf(who, 'invite-person', on) === null ? await desk.asMachine(() => openInvitations(desk, organisation)) : []
    return { ...found, members, invitations }
  })
}

/** Adds a partner, buyer, researcher or auditor. The operator is one and comes with the marketplace. */
export async function addOrganisation(
  house: House,
  who: Acting,
  given: { readonly kind: Exclude<Organisation['kind'], 'operator'>; readonly name: string },
): Promise<Organisation> {
  const name = checkedName(given.name, 'name')
  return house.act(who, 'create-organisation', {}, async (desk) => {
    const organisation = await desk.asMachine(() => createOrganisation(desk, { kind: given.kind, name }))
    await desk.record([streamed({ type: 'enrolment.organisation_created', payload: { organisation, kind: given.kind } })])
    return { organisation, kind: given.kind, name }
  })
}

/** Invites somebody. The link is told when no mail address was given, and then only this once. */
export async function invitePerson(
  house: House,
  who: Acting,
  given: { readonly organisation: string; readonly role: string; readonly mail: string | null },
): Promise<{ readonly invitation: string; readonly role: Role; readonly expires_at: string; readonly link: string | null }> {
  const mail = given.mail === null || given.mail.trim() === '' ? null : checkedAddress(given.mail, 'mail')
  const { person } = signedIn(who)
  if (mail !== null && house.config.smtp_url === undefined) {
    throw new Refused(
      'enrolment.no_mail',
      'This server has no way to send mail. Leave the address out, and pass on the link that you get.',
      'mail',
    )
  }
  return house.act(who, 'invite-person', { organisation: given.organisation }, async (desk) => {
    const made = await desk.asMachine(async () => {
      const invitation = await invite(desk, { organisation: given.organisation, role: given.role, mail, by: person })
      if (mail !== null)
        await putDeliveries(desk, [{ to: { kind: 'link', id: invitation.id }, says: says('enrolment.invitation'), subject: null }])
      return invitation
    })
    const { organisation } = given
    await desk.record([streamed({ type: 'enrolment.person_invited', payload: { invitation: made.id, organisation, role: made.role } })])
    const link = mail === null ? linkTo(house.public_url(), made.secret) : null
    return { invitation: made.id, role: made.role, expires_at: made.expires_at, link }
  })
}

/** The organisation that an invitation is into, for the authorisation. */
export async function onInvitation(house: House, invitation: string): Promise<{ readonly organisation: string }> {
  const found = await atTheDoor(house, (desk) => credentialById(desk, invitation))
  if (found?.kind !== 'invitation' || found.organisation === null) {
    throw new Refused('enrolment.no_such_invitation', 'There is no such invitation.', invitation)
  }
  return { organisation: found.organisation }
}

/** Takes an invitation back before anybody used it. */
export async function takeBackInvitation(house: House, who: Acting, organisation: string, invitation: string): Promise<void> {
  await house.act(who, 'invite-person', { organisation }, async (desk) => {
    await desk.asMachine(() => withdrawInvitation(desk, organisation, invitation))
    await desk.record([streamed({ type: 'enrolment.invitation_withdrawn', payload: { invitation, organisation } })])
  })
}

/** Gives a member another role, at once and in the tokens that they have; the last administrator stays one. */
export async function changeRole(house: House, who: Acting, organisation: string, person: string, to: string): Promise<Role> {
  return house.act(who, 'change-role', { organisation }, async (desk) => {
    const { kind } = await organisationOf(desk, organisation)
    const role = roleIn(kind, to)
    if (role === null) {
      const roles = ROLES_OF[kind].join(', ')
      throw new Refused('enrolment.no_such_role', `This organisation gives out no role "${to}". Possible here: ${roles}.`, 'role')
    }
    const from = await desk.asMachine(() => takeRole(desk, person, organisation, role))
    if (from !== role) await desk.record([streamed({ type: 'enrolment.role_changed', payload: { person, organisation, from, role } })])
    return role
  })
}

/** A person's sign-ins, for those who may read the log. */
export const readSignIns = (house: House, who: Acting, person: string): Promise<readonly SignIn[]> =>
  house.act(who, 'read-log', {}, async (desk) => {
    if ((await personOf(desk, person)) === null) throw new Refused('enrolment.no_such_person', 'There is no such person here.', person)
    return signInsOf(desk, person)
  })

/** Ends somebody's membership, with the tokens that they have there. */
export async function removePerson(house: House, who: Acting, organisation: string, person: string): Promise<void> {
  await house.act(who, 'remove-person', { organisation }, async (desk) => {
    await desk.asMachine(() => leave(desk, person, organisation))
    await desk.record([streamed({ type: 'enrolment.person_removed', payload: { person, organisation } })])
  })
}

/** Erases what is known of a person; their id stays in the log. */
export async function erase(house: House, who: Acting, person: string): Promise<void> {
  await house.act(who, 'erase-person', {}, async (desk) => {
    await desk.asMachine(() => erasePerson(desk, person))
    await desk.record([streamed({ type: 'enrolment.person_erased', payload: { person } })])
  })
}

/** A person's own page: who they are, where they belong, which tokens they have. */
export type Account = {
  readonly person: Person
  readonly memberships: readonly (Organisation & { readonly role: Role })[]
  readonly tokens: readonly Credential[]
  /** The newest first. */
  readonly sign_ins: readonly SignIn[]
}

/** Reads the account of whoever is signed in. */
export async function readAccount(house: House, who: Acting): Promise<Account> {
  const { person: id } = signedIn(who)
  return atTheDoor(house, async (desk) => {
    const person = await personOf(desk, id)
    if (person === null) throw new Refused('enrolment.sign_in', 'Sign in first.')
    const memberships: (Organisation & { readonly role: Role })[] = []
    for (const { organisation, role } of await membershipsOf(desk, id)) {
      memberships.push({ ...(await organisationOf(desk, organisation)), role })
    }
    return { person, memberships, tokens: await tokensOf(desk, id), sign_ins: await signInsOf(desk, id) }
  })
}

/** Changes one's own name. */
export async function changeOwnName(house: House, who: Acting, name: string): Promise<void> {
  const { person } = signedIn(who)
  const to = checkedName(name, 'name')
  await atTheDoor(house, (desk) => changePerson(desk, person, { name: to }))
}

/** Changes one's own mail address: nothing changes before the link that goes there is opened. */
export async function changeOwnMail(house: House, who: Acting, mail: string): Promise<void> {
  const { person } = signedIn(who)
  const to = checkedAddress(mail, 'mail')
  if (house.config.smtp_url === undefined) {
    throw new Refused('enrolment.no_mail', 'This server has no way to send mail, so an address cannot be confirmed.', 'mail')
  }
  await atTheDoor(house, async (desk) => {
    const { id } = await makeMailLink(desk, person, to)
    await putDeliveries(desk, [{ to: { kind: 'link', id }, says: says('enrolment.confirm_mail'), subject: null }])
  })
}

/** Issues a token to whoever is signed in; its secret is told this once. */
export async function issueOwnToken(
  house: House,
  who: Acting,
  given: { readonly organisation: string; readonly name: string; readonly scopes: readonly Scope[]; readonly lasts_days: number },
): Promise<{ readonly id: string; readonly secret: string; readonly expires_at: string }> {
  const { person } = signedIn(who)
  const { organisation } = given
  const name = checkedName(given.name, 'name')
  return house.act(who, 'issue-token', { organisation }, async (desk) => {
    const token = await desk.asMachine(() => issueToken(desk, who, { ...given, name }))
    const scopes = [...new Set(given.scopes)]
    await desk.record([streamed({ type: 'enrolment.token_issued', payload: { token: token.id, person, organisation, scopes } })])
    return token
  })
}

/** Ends one's own token. */
export async function revokeOwnToken(house: House, who: Acting, token: string): Promise<void> {
  const { person } = signedIn(who)
  await atTheDoor(house, async (desk) => {
    await revokeToken(desk, person, token)
    await recordBy(house, desk, actorOf(who), [{ type: 'enrolment.token_revoked', payload: { token, person } }])
  })
}

/**
 * Work at the door, where it is not known yet who somebody is, or where it is about nobody but themselves: as the machine,
 * since credentials are the machine's alone. Each caller says whose rows it touches by the secret or the person's own id.
 */
const atTheDoor = <T>(house: House, work: (desk: Desk) => Promise<T>): Promise<T> =>
  house.act({ kind: 'machine', name: 'enrolment.door' }, 'use-own-account', {}, work)

async function recordBy(house: House, desk: Desk, by: Actor, events: readonly EnrolmentEvent[]): Promise<void> {
  if (events.length > 0) await record(desk, house.pipeline, events.map(streamed), { by, cause: null, at: desk.now })
}
