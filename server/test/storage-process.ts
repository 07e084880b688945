// A process that owns a storage and appends to it until somebody kills it. What it has been promised it writes to its output
// at once, a line each: `open`, `kept {seq} {hash}`, `refused {code} {sentence}`, `failed {sentence}`.
import { writeSync } from 'node:fs'
import { isRefused } from '../src/kernel/refused.ts'
import { instant } from '../src/kernel/time.ts'
import type { Database } from '../src/platform/sql/database.ts'
import { openDatabase } from '../src/platform/sql/open.ts'

/** What the process is told, as JSON in its first argument. */
export type StorageOrder = {
  readonly data_directory: string
  readonly database_url?: string
  /** Bytes of ballast in each event. */
  readonly ballast: number
  /** Ends by itself after so many transactions. */
  readonly transactions: number
}

const order = JSON.parse(process.argv[2] ?? '') as StorageOrder
const say = (line: string): void => void writeSync(1, `${line}\n`)
// A moment that moves by itself: nothing here depends on when it runs.
let tick = 1_790_000_000_000
const clock = { now: () => instant((tick += 1)) }
const scope = { marketplace: 'killed', party: { kind: 'machine' } } as const

try {
  const database = await openDatabase({ clock, ...order })
  try {
    await append(database)
  } finally {
    await database.close()
  }
  say('closed')
} catch (error) {
  if (isRefused(error)) say(`refused ${error.code} ${error.message}`)
  else say(`failed ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function append(database: Database): Promise<void> {
  await database.within(scope, ({ sql, now }) =>
    sql
      .insertInto('marketplace')
      .values({ marketplace_id: 'killed', name: 'Killed', created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  )
  say('open')
  for (let done = 0; done < order.transactions; done++) {
    const head = await database.within(scope, async (unit) => {
      const because = { by: { kind: 'machine', name: 'test' }, cause: null, at: unit.now } as const
      const before = (await unit.log.head())?.seq ?? 0
      // One to three events and the document that counts them, all or none.
      const events = Array.from({ length: 1 + (before % 3) }, (_, place) => ({
        stream: `stream/${(before + place) % 7}`,
        subject: null,
        type: 'test.happened',
        payload: { place, ballast: ballast(before) },
      }))
      const recorded = await unit.log.append(events, because)
      const last = recorded.at(-1)
      if (last === undefined) throw new Error('nothing was recorded')
      await unit.documents.put('test.count', 'all', { events: last.seq }, null)
      return last
    })
    say(`kept ${head.seq} ${head.hash}`)
  }
}

/** Text that no page compression makes small. */
function ballast(seed: number): string {
  let state = seed + 1
  let text = ''
  while (text.length < order.ballast) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text += state.toString(36)
  }
  return text
}
