import { Refused } from '../kernel/refused.ts'
import { DAY_MS } from '../kernel/time.ts'
import type { Unit } from '../platform/sql/database.ts'
import { ACTS, SCOPES, type Rule, type Scope } from './acts.ts'
import type { Acting, Membership } from './authorise.ts'
import { credentialById, credentialIn, credentialOf, dropCredential, putCredential, type Credential } from './credential.ts'
import { membershipsOf } from './person.ts'

/** Stands before every token, so that scanners for leaked secrets and people know what it is. */
export const TOKEN_PREFIX = 'cst_'
export const TOKEN_LASTS_DAYS_MAX = 366

/** The scopes that are of use to a person in a membership: those of acts that they may do themselves. */
export function scopesFor(membership: Membership): readonly Scope[] {
  const rules: readonly Rule[] = Object.values(ACTS)
  return SCOPES.filter((scope) => rules.some((rule) => rule.token === scope && rule.roles.includes(membership.role)))
}

/** Issues a token to the person who asks, for one of their own organisations and no more than they may do there. Its secret is told once. */
export async function issueToken(
  unit: Unit,
  who: Acting,
  given: { readonly organisation: string; readonly name: string; readonly scopes: readonly Scope[]; readonly lasts_days: number },
): Promise<{ readonly id: string; readonly secret: string; readonly expires_at: string }> {
  // The act's rule says so as well; a token that issues tokens would outlive its own end.
  if (who.kind !== 'person') throw new Refused('enrolment.forbidden', 'Tokens are issued to people who are signed in.')
  const membership = who.memberships.find((one) => one.organisation === given.organisation)
  if (membership === undefined) {
    throw new Refused('enrolment.forbidden', 'You do not belong to this organisation, so no token of yours can act in it.', 'organisation')
  }
  if (given.scopes.length === 0)
    throw new Refused('enrolment.no_scope', 'Choose at least one scope; without one the token can do nothing.', 'scopes')
  const possible = scopesFor(membership)
  const beyond = given.scopes.filter((scope) => !possible.includes(scope))
  if (beyond.length > 0) {
    throw new Refused(
      'enrolment.scope_beyond',
      `As ${membership.role} you cannot give a token ${beyond.join(', ')}. Possible here: ${possible.join(', ')}.`,
      'scopes',
    )
  }
  if (!Number.isInteger(given.lasts_days) || given.lasts_days < 1 || given.lasts_days > TOKEN_LASTS_DAYS_MAX) {
    throw new Refused('enrolment.token_days', `A token lasts between 1 and ${TOKEN_LASTS_DAYS_MAX} days.`, 'lasts_days')
  }
  return putCredential(unit, {
    kind: 'token',
    person: who.person,
    organisation: given.organisation,
    name: given.name,
    scopes: [...new Set(given.scopes)],
    lasts_ms: given.lasts_days * DAY_MS,
    prefix: TOKEN_PREFIX,
  })
}

/** A person's own tokens, newest first, those that ended included until they are removed. */
export async function tokensOf(unit: Unit, person: string): Promise<readonly Credential[]> {
  const rows = await unit.sql
    .selectFrom('credential')
    .selectAll()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('kind', '=', 'token')
    .where('person_id', '=', person)
    .orderBy('credential_id', 'desc')
    .execute()
  return rows.map(credentialIn)
}

/** Ends one of a person's own tokens. Another's is, to them, not there. */
export async function revokeToken(unit: Unit, person: string, id: string): Promise<Credential> {
  const token = await credentialById(unit, id)
  if (token === null || token.kind !== 'token' || token.person !== person) {
    throw new Refused('enrolment.no_such_token', 'You have no such token.', id)
  }
  await dropCredential(unit, id)
  return token
}

/**
 * Who acts by a token: its person, in the token's organisation only, with what that person is there at this very moment.
 * Null for one that is unknown or over.
 */
export async function actingByToken(unit: Unit, secret: string): Promise<Acting | null> {
  const token = await credentialOf(unit, secret, ['token'])
  if (token === null || token.person === null) return null
  const memberships = (await membershipsOf(unit, token.person)).filter((one) => one.organisation === token.organisation)
  const scopes = SCOPES.filter((scope) => token.scopes.includes(scope))
  await noteSeen(unit, token)
  return { kind: 'token', token: token.id, person: token.person, memberships, scopes }
}

/** To the day is enough to see which tokens nobody needs any more. */
async function noteSeen(unit: Unit, token: Credential): Promise<void> {
  if (token.seen_at?.slice(0, 10) === unit.now.slice(0, 10)) return
  await unit.sql
    .updateTable('credential')
    .set({ seen_at: unit.now })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('credential_id', '=', token.id)
    .execute()
}
