import { Refused } from '../kernel/refused.ts'
import { newId } from '../platform/clock.ts'
import type { Unit } from '../platform/sql/database.ts'
import { ROLES_OF, type OrganisationKind } from './roles.ts'

export type Organisation = { readonly organisation: string; readonly kind: OrganisationKind; readonly name: string }

/** Adds an organisation and answers with its id. */
export async function createOrganisation(unit: Unit, given: { readonly kind: OrganisationKind; readonly name: string }): Promise<string> {
  const organisation_id = newId('org')
  await unit.sql
    .insertInto('organisation')
    .values({ marketplace_id: unit.scope.marketplace, organisation_id, kind: given.kind, name: given.name })
    .execute()
  return organisation_id
}

/** The organisation that runs the marketplace, made when there is none yet. */
export async function operatorOrganisation(unit: Unit): Promise<{ readonly organisation: string; readonly is_new: boolean }> {
  const found = await unit.sql
    .selectFrom('organisation')
    .select('organisation_id')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('kind', '=', 'operator')
    .orderBy('organisation_id')
    .executeTakeFirst()
  if (found !== undefined) return { organisation: found.organisation_id, is_new: false }
  const { name } = await unit.sql
    .selectFrom('marketplace')
    .select('name')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .executeTakeFirstOrThrow()
  return { organisation: await createOrganisation(unit, { kind: 'operator', name }), is_new: true }
}

/** An organisation that the transaction's party may see; refuses one that is not there. */
export async function organisationOf(unit: Unit, organisation: string): Promise<Organisation> {
  const row = await unit.sql
    .selectFrom('organisation')
    .selectAll()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('organisation_id', '=', organisation)
    .executeTakeFirst()
  if (row === undefined)
    throw new Refused('enrolment.no_such_organisation', `There is no organisation "${organisation}" here.`, organisation)
  return { organisation: row.organisation_id, kind: kindIn(row.kind), name: row.name }
}

/** All organisations that the transaction's party may see, by name. */
export async function organisations(unit: Unit): Promise<readonly Organisation[]> {
  const rows = await unit.sql
    .selectFrom('organisation')
    .selectAll()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .orderBy('name')
    .orderBy('organisation_id')
    .execute()
  return rows.map((row) => ({ organisation: row.organisation_id, kind: kindIn(row.kind), name: row.name }))
}

/** The kind that a row holds; the table's own CHECK keeps to the same list. */
export function kindIn(kind: string): OrganisationKind {
  if (!Object.hasOwn(ROLES_OF, kind)) throw new Error(`"${kind}" is not a kind of organisation`)
  return kind as OrganisationKind
}
