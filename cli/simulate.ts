import { Command, InvalidArgumentError } from 'commander'

/** `castellan simulate`: the real deciders, clocks, judge and badges on virtual time. */
export const simulateCommand = (): Command =>
  new Command('simulate')
    .description('runs the programme on virtual time against simulated apps, and holds the product’s promises after each day')
    .requiredOption('--seed <n>', 'repeats a run exactly', whole)
    .requiredOption('--apps <n>', 'how many apps', whole)
    .requiredOption('--days <n>', 'how many days', whole)
    .option('--from <day>', 'first day', '2026-01-01')
    .option('--programme <folder>', 'programmes to run by; all that come with Castellan without it', collect, [])
    .option('--json', 'prints one object')
    .action(
      async (options: {
        readonly seed: number
        readonly apps: number
        readonly days: number
        readonly from: string
        readonly programme: readonly string[]
        readonly json?: true
      }) => {
        const { simulate } = await import('../server/simulate/simulate.ts')
        const on_terminal = process.stderr.isTTY && options.json !== true
        const told = await simulate({
          ...options,
          programmes: options.programme,
          progress: on_terminal ? (day, of) => void process.stderr.write(`\rday ${day} of ${of} `) : null,
        })
        if (on_terminal) process.stderr.write('\r')
        if (options.json === true) {
          process.stdout.write(`${JSON.stringify(told, null, 2)}\n`)
          return
        }
        const { seed, apps, days, events, head, badges, happened, promises } = told
        process.stdout.write(`Seed ${seed}: ${apps} apps over ${days} days, ${events} events, head ${head}\n\n`)
        const width = Math.max(...happened.map(({ type }) => type.length))
        for (const { type, count } of happened) process.stdout.write(`  ${type.padEnd(width)}  ${String(count).padStart(9)}\n`)
        process.stdout.write(`\nBadges at the end: ${badges.map(({ state, count }) => `${count} ${state}`).join(', ') || 'none'}\n`)
        process.stdout.write(`Promises kept on every day: ${promises.join('; ')}\n`)
      },
    )

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number, please')
  return Number(text)
}
