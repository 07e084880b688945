import { createReadStream } from 'node:fs'
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import { canonical } from '../server/src/kernel/canonical.ts'
import type { RecordedEvent } from '../server/src/kernel/event.ts'
import { Refused } from '../server/src/kernel/refused.ts'
import { askServer } from './control.ts'

/** `castellan log`: the log of a marketplace as a file, and that file judged again from its beginning. */
export const logCommand = (): Command =>
  new Command('log')
    .description('takes the log out of a server, and judges it again anywhere')
    .addCommand(
      new Command('export')
        .description('prints the whole log of the server on this machine as JSON lines; it names people by ids only')
        .action(exported),
    )
    .addCommand(
      new Command('replay')
        .description('judges an exported log again from its beginning, and tells whether every byte comes out the same')
        .argument('<file>', 'JSON lines as they were exported; "-" reads the standard input')
        .option('--programme <folder>', 'programmes that it was judged by; all that come with Castellan without it', collect, [])
        .option('--json', 'prints one object')
        .action(replayed),
    )

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

async function exported(): Promise<void> {
  for (let after = 0; ;) {
    const { events } = await askServer<{ readonly events: readonly RecordedEvent[] }>(`/control/log?after=${after}`)
    const last = events.at(-1)
    if (last === undefined) return
    // A pipe takes what its reader can; the rest waits.
    if (!process.stdout.write(events.map((event) => `${canonical(event)}\n`).join(''))) await once(process.stdout, 'drain')
    after = last.seq
  }
}

async function replayed(file: string, options: { readonly programme: readonly string[]; readonly json?: true }): Promise<void> {
  const [{ replay }, { memoryDocuments, memoryLog }, { pipelineOf }, { loadPack, loadPacks }, { PROGRAMMES_FOLDER }, { VERSION }] =
    await Promise.all([
      import('../server/src/platform/replay.ts'),
      import('../server/src/platform/sql/memory.ts'),
      import('../server/src/pipeline.ts'),
      import('../server/src/programmes/load.ts'),
      import('../server/src/platform/config.ts'),
      import('../server/src/version.ts'),
    ])
  const packs = options.programme.length > 0 ? options.programme.map((folder) => loadPack(folder)) : loadPacks(PROGRAMMES_FOLDER)
  const events = linesOf(file)
  const first = (await events.next()).value
  if (first === undefined) throw new Refused('log.empty', `${file} holds no event.`, file)
  const told = await replay(chained(first, events), pipelineOf(packs), { log: memoryLog(first.marketplace), documents: memoryDocuments() })
  if (told.differs !== null) process.exitCode = 1
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ product: VERSION, ...told }, null, 2)}\n`)
    return
  }
  const { events: same, head, differs } = told
  if (differs === null) {
    process.stdout.write(`${same} events judged again by Castellan ${VERSION}: every byte is the same. Head ${head}\n`)
    return
  }
  const words = (event: RecordedEvent | null): string => (event === null ? 'nothing' : `${event.type} on ${event.stream}`)
  process.stdout.write(
    `${same} events judged again by Castellan ${VERSION} are the same. Event ${differs.seq} is not: recorded is ${words(differs.recorded)}, ` +
      `judged again it is ${words(differs.judged)}.\nThe log was changed, or was judged by other programmes or another version of Castellan.\n`,
  )
  if (differs.recorded !== null) process.stdout.write(`  recorded:     ${canonical(differs.recorded)}\n`)
  if (differs.judged !== null) process.stdout.write(`  judged again: ${canonical(differs.judged)}\n`)
}

async function* chained(first: RecordedEvent, others: AsyncIterable<RecordedEvent>): AsyncGenerator<RecordedEvent> {
  yield first
  yield* others
}

async function* linesOf(file: string): AsyncGenerator<RecordedEvent, undefined> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  let number = 0
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1
      if (line.trim() !== '') yield eventIn(line, `${file}:${number}`)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new Refused('log.unreadable', `There is no file ${file}.`, file)
    throw error
  }
  return undefined
}

function eventIn(line: string, where: string): RecordedEvent {
  let read: unknown
  try {
    read = JSON.parse(line)
  } catch {
    read = null
  }
  const { marketplace, seq, stream, type, at, by, payload, hash } = (read ?? {}) as { readonly [name: string]: unknown }
  const sound =
    [marketplace, stream, type, at, hash].every((text) => typeof text === 'string') &&
    Number.isSafeInteger(seq) &&
    typeof by === 'object' &&
    by !== null &&
    typeof payload === 'object' &&
    payload !== null
  if (!sound)
    throw new Refused('log.not_an_event', `${where} is not an event of a log. Give a file that "castellan log export" wrote.`, where)
  // What is wrong within comes out different when it is judged again.
  return read as RecordedEvent
}
