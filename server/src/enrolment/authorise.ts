import type { Actor } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Party } from '../platform/sql/database.ts'
import { ACTS, type Act, type Rule, type Scope } from './acts.ts'
import { roleIn, type OrganisationKind, type Role } from './roles.ts'

/** What a person is in one organisation, as stored at the moment of asking. */
export type Membership = { readonly organisation: string; readonly kind: OrganisationKind; readonly role: Role }

/** Who asks. A token carries its person's memberships of the moment, so that it loses what its person loses. */
export type Acting =
  | { readonly kind: 'public' }
  | { readonly kind: 'person'; readonly person: string; readonly session: string; readonly memberships: readonly Membership[] }
  | {
      readonly kind: 'token'
      readonly token: string
      readonly person: string
      readonly memberships: readonly Membership[]
      readonly scopes: readonly Scope[]
    }
  | { readonly kind: 'machine'; readonly name: string }

/** What an act is done to: the organisation that the app or record belongs to. */
export type On = { readonly organisation?: string }

/** Lets an act pass or throws why not. Every route and every job calls it before it does anything. */
export function authorise(who: Acting, act: Act, on: On = {}): void {
  const refused = refusalOf(who, act, on)
  if (refused !== null) throw refused
}

/** Why somebody may not do something, or null when they may: for pages that show a greyed act with its reason. */
export function refusalOf(who: Acting, act: Act, on: On = {}): Refused | null {
  const rule: Rule = ACTS[act]
  switch (who.kind) {
    case 'public':
      return rule.anybody ? null : new Refused('enrolment.sign_in', `sign in to ${rule.words}`)
    case 'machine':
      return rule.machine ? null : forbidden(`the program may not ${rule.words} by itself; this needs a person`)
    case 'person':
      return rule.anybody ? null : refusalOfPerson(who.memberships, rule, on)
    case 'token':
      if (rule.anybody) return null
      if (rule.token === 'none') return forbidden(`a token may not ${rule.words}; a person has to sign in for this`)
      if (!who.scopes.includes(rule.token)) {
        return forbidden(`this token may not ${rule.words}; issue one with the scope ${rule.token}`)
      }
      return refusalOfPerson(who.memberships, rule, on)
  }
}

function refusalOfPerson(memberships: readonly Membership[], rule: Rule, on: On): Refused | null {
  if (memberships.some((membership) => allows(membership, rule, on))) return null
  if (rule.roles.length === 0) return forbidden(`nobody may ${rule.words} by hand; the program does this by itself`)
  const elsewhere = memberships.some((membership) => holds(membership, rule))
  return forbidden(
    elsewhere
      ? `you may not ${rule.words}, since it belongs to another organisation`
      : `you may not ${rule.words}; ${rolesInWords(rule.roles)} may`,
  )
}

/** Roles as people call them, by side: `an administrator or a reviewer of the operator, or a member of the partner`. */
function rolesInWords(roles: readonly Role[]): string {
  const sides = [
    ['operator-', 'of the operator'],
    ['partner-', 'of the partner'],
    ['auditor', ''],
  ] as const
  return sides
    .flatMap(([side, whose]) => {
      const own = roles.filter((role) => role.startsWith(side)).map((role): string => NOUNS[role])
      return own.length === 0 ? [] : [`${own.join(' or ')} ${whose}`.trim()]
    })
    .join(', or ')
}

const NOUNS = {
  'operator-admin': 'an administrator',
  'operator-reviewer': 'a reviewer',
  'operator-viewer': 'a viewer',
  'partner-admin': 'an administrator',
  'partner-member': 'a member',
  auditor: 'an auditor',
} as const satisfies Record<Role, string>

function allows(membership: Membership, rule: Rule, on: On): boolean {
  if (!holds(membership, rule)) return false
  // A partner's right ends at its own organisation. An act that names none is none of a partner's.
  return membership.kind !== 'partner' || on.organisation === membership.organisation
}

/** A role counts only in an organisation that gives it out, whatever a row says. */
const holds = (membership: Membership, rule: Rule): boolean =>
  roleIn(membership.kind, membership.role) !== null && rule.roles.includes(membership.role)

const forbidden = (sentence: string): Refused => new Refused('enrolment.forbidden', sentence)

/**
 * The party on whose behalf a transaction runs, so that row security is a second wall behind `authorise`. Somebody who
 * belongs to several partners names the one meant; an operator is an operator everywhere.
 */
export function partyOf(who: Acting, on: On = {}): Party {
  switch (who.kind) {
    case 'public':
      return { kind: 'public' }
    case 'machine':
      return { kind: 'machine' }
    case 'person':
    case 'token':
      return partyOfPerson(who.person, who.memberships, on)
  }
}

function partyOfPerson(person: string, memberships: readonly Membership[], on: On): Party {
  const sound = memberships.filter((one) => roleIn(one.kind, one.role) !== null)
  // Auditors read the whole marketplace; what keeps them from writing is `authorise` alone.
  if (sound.some((one) => one.kind === 'operator' || one.kind === 'auditor')) return { kind: 'operator', person }
  const partners = sound.filter((one) => one.kind === 'partner')
  const meant = partners.find((one) => one.organisation === on.organisation)
  if (meant !== undefined) return { kind: 'partner', organisation: meant.organisation, person }
  const [only, another] = partners
  if (only === undefined) return { kind: 'public' }
  if (on.organisation !== undefined) throw forbidden('this belongs to another organisation')
  if (another !== undefined)
    throw new Refused('enrolment.which_organisation', 'you belong to several organisations; name the one that you act for')
  return { kind: 'partner', organisation: only.organisation, person }
}

/** Who acts, as the log records it: ids only. Nobody who is not signed in has anything recorded. */
export function actorOf(who: Acting): Actor {
  switch (who.kind) {
    case 'public':
      throw new Refused('enrolment.sign_in', 'sign in first')
    case 'machine':
      return { kind: 'machine', name: who.name }
    case 'person':
      return { kind: 'person', id: who.person }
    case 'token':
      return { kind: 'token', id: who.token, person: who.person }
  }
}

/** Who acts, by id: the person at the browser, the one whose token it is, or the machine by its name. */
export function actingId(who: Acting): string {
  const actor = actorOf(who)
  return actor.kind === 'machine' ? actor.name : actor.kind === 'token' ? (actor.person ?? actor.id) : actor.id
}

/** The person behind an act that is never the machine's. */
export function personBehind(who: Acting): string {
  if (who.kind === 'person' || who.kind === 'token') return who.person
  throw new Refused('enrolment.sign_in', 'Sign in first.')
}
