import { after, MINUTE_MS, type Instant } from '../kernel/time.ts'
import type { Unit } from '../platform/sql/database.ts'
import type { Instance } from './events.ts'

/** When each journey runs next at each of its instances: a row each, held by a lease while it runs. */

export type ClaimedRun = {
  readonly app: string
  readonly journey: string
  readonly instance: Instance
  readonly rollout: string | null
  readonly lease: string
}

/** Longer than any run with its second try. */
const LEASE_MS = 15 * MINUTE_MS

/** Makes a journey due at each of its instances, and at no other any more. */
export async function planRuns(unit: Unit, app: string, journey: string, instances: readonly Instance[], due_at: Instant): Promise<void> {
  await dropRuns(unit, app, journey)
  for (const instance of instances) {
    const row = {
      marketplace_id: unit.scope.marketplace,
      subject: app,
      journey,
      instance,
      due_at,
      lease: null,
      leased_until: null,
      rollout: null,
    }
    await unit.sql.insertInto('journey_due').values(row).execute()
  }
}

/** Takes a journey out of the plan. */
export async function dropRuns(unit: Unit, app: string, journey: string): Promise<void> {
  await unit.sql
    .deleteFrom('journey_due')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('journey', '=', journey)
    .execute()
}

/** Makes a journey due now: somebody asks for it, or a change of the host is tried on it. A run that is on its way is done again. */
export async function runNow(unit: Unit, app: string, journey: string, rollout: string | null): Promise<void> {
  await unit.sql
    .updateTable('journey_due')
    .set({ due_at: unit.now, lease: null, leased_until: null, ...(rollout === null ? {} : { rollout }) })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('journey', '=', journey)
    .execute()
}

/** Takes up to that many due runs and holds them. */
export async function claimRuns(unit: Unit, most: number, lease: string): Promise<readonly ClaimedRun[]> {
  if (most <= 0) return []
  const { marketplace } = unit.scope
  const rows = await unit.sql
    .selectFrom('journey_due')
    .select(['subject', 'journey', 'instance', 'rollout'])
    .where('marketplace_id', '=', marketplace)
    .where('due_at', '<=', unit.now)
    .where((or) => or.or([or('leased_until', 'is', null), or('leased_until', '<=', unit.now)]))
    // What is tried before it ships goes first.
    .orderBy((eb) => eb.case().when('rollout', 'is', null).then(1).else(0).end())
    .orderBy('due_at')
    .limit(most)
    .forUpdate()
    .skipLocked()
    .execute()
  const claimed = rows.map(({ subject, journey, instance, rollout }) => ({ app: subject, journey, instance, rollout, lease }))
  for (const one of claimed) {
    await rowOf(unit, one)
      .set({ lease, leased_until: after(unit.now, LEASE_MS) })
      .execute()
  }
  return claimed
}

/** True while the run is still ours; the row stays locked until the transaction ends. */
export async function holdsRun(unit: Unit, { app, journey, instance, lease }: ClaimedRun): Promise<boolean> {
  const row = await unit.sql
    .selectFrom('journey_due')
    .select('lease')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('journey', '=', journey)
    .where('instance', '=', instance)
    .forUpdate()
    .executeTakeFirst()
  return row?.lease === lease
}

/** Lets go of a run that is over: due again at that moment, for no change of the host any more. */
export async function runAgainAt(unit: Unit, claimed: ClaimedRun, due_at: Instant): Promise<void> {
  await rowOf(unit, claimed).set({ due_at, lease: null, leased_until: null, rollout: null }).execute()
}

/** Gives back what was not finished, for another to take at once. */
export async function releaseRuns(unit: Unit, lease: string | null): Promise<void> {
  await unit.sql
    .updateTable('journey_due')
    .set({ lease: null, leased_until: null })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('lease', lease === null ? 'is not' : '=', lease)
    .execute()
}

const rowOf = (unit: Unit, { app, journey, instance }: ClaimedRun) =>
  unit.sql
    .updateTable('journey_due')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('journey', '=', journey)
    .where('instance', '=', instance)

/** Keeps the secrets of a journey: those that are named are replaced, the others stay; null lets go of all. Outside the log. */
export async function keepSecrets(
  unit: Unit,
  app: string,
  journey: string,
  secrets: { readonly [name: string]: string } | null,
): Promise<void> {
  if (secrets === null) {
    await unit.sql
      .deleteFrom('journey_secret')
      .where('marketplace_id', '=', unit.scope.marketplace)
      .where('subject', '=', app)
      .where('journey', '=', journey)
      .execute()
    return
  }
  for (const [name, value] of Object.entries(secrets)) {
    await unit.sql
      .insertInto('journey_secret')
      .values({ marketplace_id: unit.scope.marketplace, subject: app, journey, name, value })
      .onConflict((conflict) => conflict.columns(['marketplace_id', 'subject', 'journey', 'name']).doUpdateSet({ value }))
      .execute()
  }
}

/** The secrets of a journey, for its run. The machine only. */
export async function secretsOf(unit: Unit, app: string, journey: string): Promise<{ readonly [name: string]: string }> {
  const rows = await unit.sql
    .selectFrom('journey_secret')
    .select(['name', 'value'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('journey', '=', journey)
    .execute()
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}
