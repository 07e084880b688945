import { MINUTE_MS } from '../kernel/time.ts'
import type { Database, Unit } from '../platform/sql/database.ts'
import { putCredential } from './credential.ts'
import { operatorOrganisation } from './organisation.ts'
import { createPerson, join, membersOf } from './person.ts'

export const ADMIN_LINK_LASTS_MS = 15 * MINUTE_MS

/**
 * Makes the link that lets its opener in as the operator's administrator, once, within 15 minutes. It is for the terminal of
 * whoever runs the program and never for a log. Links made before it stop working.
 */
export async function createAdminLink(database: Database, marketplace: string, public_url: string): Promise<string> {
  return database.within({ marketplace, party: { kind: 'machine' } }, async (unit) => {
    await unit.sql.deleteFrom('credential').where('marketplace_id', '=', marketplace).where('kind', '=', 'admin_link').execute()
    const { secret } = await putCredential(unit, { kind: 'admin_link', lasts_ms: ADMIN_LINK_LASTS_MS })
    return linkTo(public_url, secret)
  })
}

/** The address of a link. */
export const linkTo = (public_url: string, secret: string): string => `${public_url}/links/${secret}`

/** Whom an admin link lets in: the operator's first administrator, made when there is none. */
export async function firstAdmin(
  unit: Unit,
): Promise<{ readonly person: string; readonly organisation: string; readonly new_organisation: boolean; readonly is_new: boolean }> {
  const { organisation, is_new: new_organisation } = await operatorOrganisation(unit)
  const admin = (await membersOf(unit, organisation)).find((member) => member.role === 'operator-admin')
  if (admin !== undefined) return { person: admin.person, organisation, new_organisation, is_new: false }
  const person = await createPerson(unit, { name: 'Administrator', mail: null })
  await join(unit, person, organisation, 'operator-admin')
  return { person, organisation, new_organisation, is_new: true }
}
