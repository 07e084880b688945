import { Refused } from '../kernel/refused.ts'
import { DAY_MS } from '../kernel/time.ts'
import type { Unit } from '../platform/sql/database.ts'
import { credentialById, credentialIn, dropCredential, putCredential, type Credential } from './credential.ts'
import { organisationOf } from './organisation.ts'
import { ROLES_OF, roleIn, type Role } from './roles.ts'

export const INVITATION_LASTS_MS = 7 * DAY_MS

/**
 * Invites somebody into an organisation, in a role that this organisation gives out. With a mail address the link goes there
 * and is shown to nobody, so that whoever opens it has the address; without one the inviter is told the link and passes it on.
 */
export async function invite(
  unit: Unit,
  given: { readonly organisation: string; readonly role: string; readonly mail: string | null; readonly by: string },
): Promise<{ readonly id: string; readonly role: Role; readonly secret: string; readonly expires_at: string }> {
  const { kind } = await organisationOf(unit, given.organisation)
  const role = roleIn(kind, given.role)
  if (role === null) {
    const possible = ROLES_OF[kind].join(', ')
    throw new Refused(
      'enrolment.role_not_given',
      possible === ''
        ? `An organisation of the kind "${kind}" has no roles to give out.`
        : `An organisation of the kind "${kind}" does not give out the role "${given.role.slice(0, 50)}"; possible are ${possible}.`,
      'role',
    )
  }
  const made = await putCredential(unit, {
    kind: 'invitation',
    person: given.by,
    organisation: given.organisation,
    role,
    mail: given.mail,
    lasts_ms: INVITATION_LASTS_MS,
  })
  return { ...made, role }
}

/** Invitations into an organisation that nobody has used yet. */
export async function openInvitations(unit: Unit, organisation: string): Promise<readonly Credential[]> {
  const rows = await unit.sql
    .selectFrom('credential')
    .selectAll()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('kind', '=', 'invitation')
    .where('organisation_id', '=', organisation)
    .where('used_at', 'is', null)
    .where('expires_at', '>', unit.now)
    .orderBy('credential_id')
    .execute()
  return rows.map(credentialIn)
}

/** Takes an invitation back. */
export async function withdrawInvitation(unit: Unit, organisation: string, id: string): Promise<void> {
  const invitation = await credentialById(unit, id)
  if (invitation?.kind !== 'invitation' || invitation.organisation !== organisation) {
    throw new Refused('enrolment.no_such_invitation', 'There is no such invitation into this organisation.', id)
  }
  await dropCredential(unit, id)
}
