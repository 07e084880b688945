import { sql } from 'kysely'
import type { Acting } from './enrolment/authorise.ts'
import type { NewEvent } from './kernel/event.ts'
import type { Instant } from './kernel/time.ts'
import type { House, Job } from './house.ts'

/**
 * Deadlines are the way back to the left: a document whose view says `next_due_at` is looked at when that moment has come,
 * by one `clocks.came_due` that reactors answer. Each moment of each document is told once, whatever the reactors make of it.
 */

/** A document that fell due: its view and key, and when. */
export type Due = { readonly view: string; readonly key: string; readonly app: string | null; readonly due_at: Instant }

/** The event that tells it. */
export const cameDue = (due: Due): NewEvent => ({
  stream: clockStream(due),
  subject: due.app,
  type: 'clocks.came_due',
  payload: { app: due.app, kind: due.view, of: due.key, due_at: due.due_at },
})

export const clockStream = (due: Pick<Due, 'view' | 'key'>): string => `clock/${due.view}/${due.key}`

const MACHINE: Acting = { kind: 'machine', name: 'sweeper' }
const AT_ONCE = 200

/** Tells what has fallen due, oldest first, each in a transaction of its own. Answers with how many. */
export async function sweep(house: House): Promise<number> {
  let told = 0
  for (;;) {
    const due = await house.act(MACHINE, 'sweep-clocks', {}, async (desk) => {
      const { rows } = await sql<{ readonly view: string; readonly key: string; readonly subject: string | null; readonly due_at: string }>`
        SELECT d.view, d.key, d.subject, d.body -> 'document' ->> 'next_due_at' AS due_at FROM document d
        WHERE d.marketplace_id = ${house.marketplace} AND d.body -> 'document' ->> 'next_due_at' <= ${desk.now}
          AND NOT EXISTS (SELECT 1 FROM event e WHERE e.marketplace_id = d.marketplace_id AND e.stream = 'clock/' || d.view || '/' || d.key
            AND e.payload ->> 'due_at' = d.body -> 'document' ->> 'next_due_at')
        ORDER BY due_at, d.view, d.key LIMIT ${AT_ONCE}`.execute(desk.sql)
      return rows
    })
    if (due.length === 0) return told
    for (const { view, key, subject, due_at } of due) {
      await house.act(MACHINE, 'sweep-clocks', {}, async (desk) => {
        const one: Due = { view, key, app: subject, due_at: due_at as Instant }
        const before = await desk.log.stream(clockStream(one))
        // An earlier answer of this sweep may have moved it.
        const now = await desk.documents.get<{ readonly next_due_at?: string | null }>(view, key)
        if (now?.next_due_at !== due_at || before.some((event) => event.payload['due_at'] === due_at)) return
        await desk.record([cameDue(one)], { expect: { stream: clockStream(one), version: before.length } })
      })
      told += 1
    }
  }
}

/** Looks for deadlines every few seconds. */
export const sweepJob: Job = { name: 'sweep-clocks', every_ms: 5_000, run: async (house) => void (await sweep(house)) }
