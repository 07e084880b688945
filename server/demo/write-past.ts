import { sql } from 'kysely'
import { canonical } from '../src/kernel/canonical.ts'
import type { Json } from '../src/kernel/json.ts'
import { VERSIONS } from '../src/platform/dispatch.ts'
import type { Unit } from '../src/platform/sql/database.ts'
import { rowOf } from '../src/platform/sql/event-log.ts'
import { secret } from '../src/platform/crypto.ts'
import { writeDays } from '../src/reliability/minutes.ts'
import { domainTokenName, keepMailbox } from '../src/directory/registering.ts'
import { CAST } from './cast.ts'
import { organisationOf, REVIEWERS, type Past } from './past.ts'

const OPERATOR = 'org_operator'
const AT_ONCE = 1_000
/** Longer than any window that a programme asks for. */
const DAYS_KEPT = 90

/** Writes a past that was played in memory into an empty database, in the caller's one transaction: either all of it is there or nothing. */
export async function writePast(unit: Unit, past: Past, proofs: { readonly [app: string]: string }): Promise<void> {
  const { marketplace } = unit.scope
  await writePeople(unit)
  for (const member of CAST) {
    const at = { marketplace_id: marketplace, subject: member.app, organisation_id: organisationOf(member) }
    await unit.sql
      .insertInto('organisation')
      .values({ marketplace_id: marketplace, organisation_id: at.organisation_id, kind: 'partner', name: member.partner })
      .execute()
    await unit.sql.insertInto('subject_party').values(at).execute()
    const value = JSON.stringify({ token: proofs[member.app] ?? `castellan-${secret()}` })
    await unit.sql
      .insertInto('setting')
      .values({ marketplace_id: marketplace, name: domainTokenName(member.app), value })
      .execute()
    // As its details say: whoever gave a health path gave a mailbox, too.
    if (member.proves) await keepMailbox(unit, member.app, `alerts@${member.app}.example`)
  }
  for (const { app, evidence, text, source_url, at } of past.descriptors) {
    await unit.sql
      .insertInto('evidence')
      .values({
        marketplace_id: marketplace,
        evidence_id: evidence,
        subject: app,
        kind: 'descriptor',
        observed_at: at,
        valid_until: null,
        source: JSON.stringify({ via: source_url }),
        visibility: 'partner',
        salt: secret(),
        body: JSON.stringify({ body: { text, source_url } }),
        erased_at: null,
      })
      .execute()
  }
  const events = [...past.world.log.all()]
  for (let from = 0; from < events.length; from += AT_ONCE) {
    await unit.sql
      .insertInto('event')
      .values(events.slice(from, from + AT_ONCE).map(rowOf))
      .execute()
  }
  const kept_from = (past.days.at(-1)?.day ?? 0) - DAYS_KEPT
  await writeDays(
    unit,
    past.days.filter(({ day }) => day > kept_from),
  )
  const { views } = past.world.options.flow
  for (const { name } of views) {
    for (const { key, document } of await past.world.documents.list<Json>(name)) {
      await unit.documents.put(name, key, JSON.parse(canonical(document)) as Json, past.subjects.get(`${name}/${key}`) ?? null)
    }
  }
  await unit.documents.put(VERSIONS, 'versions', Object.fromEntries(views.map((view) => [view.name, view.version])), null)
}

async function writePeople(unit: Unit): Promise<void> {
  const { marketplace } = unit.scope
  await sql`INSERT INTO organisation (marketplace_id, organisation_id, kind, name) VALUES (${marketplace}, ${OPERATOR}, 'operator', 'Demo Marketplace') ON CONFLICT DO NOTHING`.execute(
    unit.sql,
  )
  for (const { id, name } of REVIEWERS) {
    await unit.sql.insertInto('person').values({ marketplace_id: marketplace, person_id: id, name, mail: null }).execute()
    await unit.sql
      .insertInto('membership')
      .values({ marketplace_id: marketplace, person_id: id, organisation_id: OPERATOR, role: 'operator-reviewer' })
      .execute()
  }
}
