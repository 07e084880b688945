import { Refused } from '../kernel/refused.ts'
import { newId } from '../platform/clock.ts'
import type { Unit } from '../platform/sql/database.ts'
import type { Membership } from './authorise.ts'
import { kindIn } from './organisation.ts'
import { roleIn, type Role } from './roles.ts'

export type Person = { readonly person: string; readonly name: string; readonly mail: string | null }
export type Member = Person & { readonly role: Role }

/** Adds a person and answers with their id. Everywhere else they are this id. */
export async function createPerson(unit: Unit, given: { readonly name: string; readonly mail: string | null }): Promise<string> {
  const person_id = newId('per')
  await unit.sql
    .insertInto('person')
    .values({ marketplace_id: unit.scope.marketplace, person_id, name: given.name, mail: given.mail })
    .execute()
  return person_id
}

/** A person whose data has not been erased, or null. */
export async function personOf(unit: Unit, person: string): Promise<Person | null> {
  const row = await unit.sql
    .selectFrom('person')
    .selectAll()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('person_id', '=', person)
    .where('erased_at', 'is', null)
    .executeTakeFirst()
  return row === undefined ? null : { person: row.person_id, name: row.name, mail: row.mail }
}

/** Who has this mail address, in whatever letter case; null for nobody. */
export async function personByMail(unit: Unit, mail: string): Promise<Person | null> {
  const row = await unit.sql
    .selectFrom('person')
    .selectAll()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where((eb) => eb(eb.fn<string>('lower', ['mail']), '=', eb.fn<string>('lower', [eb.val(mail)])))
    .where('erased_at', 'is', null)
    .executeTakeFirst()
  return row === undefined ? null : { person: row.person_id, name: row.name, mail: row.mail }
}

/** Changes what is known of a person. */
export async function changePerson(
  unit: Unit,
  person: string,
  to: { readonly name?: string; readonly mail?: string | null },
): Promise<void> {
  await unit.sql
    .updateTable('person')
    .set({ ...(to.name === undefined ? {} : { name: to.name }), ...(to.mail === undefined ? {} : { mail: to.mail }) })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('person_id', '=', person)
    .where('erased_at', 'is', null)
    .execute()
}

/** What a person is, in which organisations, at this moment. */
export async function membershipsOf(unit: Unit, person: string): Promise<readonly Membership[]> {
  const rows = await unit.sql
    .selectFrom('membership')
    .innerJoin('organisation', (join) =>
      join
        .onRef('organisation.marketplace_id', '=', 'membership.marketplace_id')
        .onRef('organisation.organisation_id', '=', 'membership.organisation_id'),
    )
    .select(['membership.organisation_id', 'organisation.kind', 'membership.role'])
    .where('membership.marketplace_id', '=', unit.scope.marketplace)
    .where('membership.person_id', '=', person)
    .orderBy('membership.organisation_id')
    .execute()
  return rows.flatMap((row) => {
    const kind = kindIn(row.kind)
    // A role that this kind of organisation does not give out counts for nothing, whoever wrote it there.
    const role = roleIn(kind, row.role)
    return role === null ? [] : [{ organisation: row.organisation_id, kind, role }]
  })
}

/** Who belongs to an organisation, as far as the transaction's party may see. */
export async function membersOf(unit: Unit, organisation: string): Promise<readonly Member[]> {
  const rows = await unit.sql
    .selectFrom('membership')
    .innerJoin('person', (join) =>
      join.onRef('person.marketplace_id', '=', 'membership.marketplace_id').onRef('person.person_id', '=', 'membership.person_id'),
    )
    .select(['person.person_id', 'person.name', 'person.mail', 'membership.role'])
    .where('membership.marketplace_id', '=', unit.scope.marketplace)
    .where('membership.organisation_id', '=', organisation)
    .orderBy('person.person_id')
    .execute()
  return rows.map((row) => ({ person: row.person_id, name: row.name, mail: row.mail, role: row.role as Role }))
}

/** Makes a person a member in a role. Somebody who already is one gets the new role. */
export async function join(unit: Unit, person: string, organisation: string, role: Role): Promise<void> {
  await unit.sql
    .insertInto('membership')
    .values({ marketplace_id: unit.scope.marketplace, person_id: person, organisation_id: organisation, role })
    .onConflict((conflict) => conflict.columns(['marketplace_id', 'person_id', 'organisation_id']).doUpdateSet({ role }))
    .execute()
}

/**
 * Ends a membership with the tokens that were issued and the invitations that were sent in it. The last administrator stays,
 * since nobody could let another in after them.
 */
export async function leave(unit: Unit, person: string, organisation: string): Promise<void> {
  await holdMembers(unit, organisation)
  const members = await membersOf(unit, organisation)
  const leaving = members.find((member) => member.person === person)
  if (leaving === undefined) throw new Refused('enrolment.no_such_person', 'This person does not belong to the organisation.', person)
  const admins = members.filter((member) => member.role.endsWith('-admin'))
  if (admins.length === 1 && admins[0]?.person === person) {
    throw new Refused('enrolment.last_admin', 'This is the last administrator; invite another one first.', person)
  }
  await endMembership(unit, person, organisation)
}

/** Of two administrators who act on each other at once, the second waits here and then finds itself the last. */
async function holdMembers(unit: Unit, organisation: string): Promise<void> {
  await unit.sql
    .selectFrom('membership')
    .select('person_id')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('organisation_id', '=', organisation)
    .orderBy('person_id')
    .forUpdate()
    .execute()
}

/** Gives a member another role and answers with the one before. The last administrator stays one. */
export async function takeRole(unit: Unit, person: string, organisation: string, role: Role): Promise<Role> {
  await holdMembers(unit, organisation)
  const members = await membersOf(unit, organisation)
  const member = members.find((one) => one.person === person)
  if (member === undefined) throw new Refused('enrolment.no_such_person', 'This person does not belong to the organisation.', person)
  const others = members.filter((one) => one.role.endsWith('-admin') && one.person !== person)
  if (member.role.endsWith('-admin') && !role.endsWith('-admin') && others.length === 0) {
    throw new Refused('enrolment.last_admin', 'This is the last administrator; make another one first.', person)
  }
  await join(unit, person, organisation, role)
  return member.role
}

async function endMembership(unit: Unit, person: string, organisation: string): Promise<void> {
  await unit.sql
    .deleteFrom('membership')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('organisation_id', '=', organisation)
    .where('person_id', '=', person)
    .execute()
  await unit.sql
    .deleteFrom('credential')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('organisation_id', '=', organisation)
    .where('person_id', '=', person)
    .where('kind', 'in', ['token', 'invitation'])
    .execute()
}

/**
 * Erases what is known of a person: name, address, memberships and everything that lets them in. The id stays, so that the
 * log still verifies. A last administrator can be erased too: a person's right comes first, and the operator invites another.
 */
export async function erasePerson(unit: Unit, person: string): Promise<void> {
  if ((await personOf(unit, person)) === null) throw new Refused('enrolment.no_such_person', 'There is no such person here.', person)
  for (const { organisation } of await membershipsOf(unit, person)) await endMembership(unit, person, organisation)
  await unit.sql.deleteFrom('credential').where('marketplace_id', '=', unit.scope.marketplace).where('person_id', '=', person).execute()
  await unit.sql.deleteFrom('person_key').where('marketplace_id', '=', unit.scope.marketplace).where('person_id', '=', person).execute()
  await unit.sql
    .updateTable('person')
    .set({ name: '', mail: null, erased_at: unit.now })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('person_id', '=', person)
    .execute()
}
