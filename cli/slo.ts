import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { Refused } from '../server/src/kernel/refused.ts'
import { parseReplay, readMinute, replay, type Replayed } from '../server/src/reliability/replay.ts'

const FORMAT = `
The file holds JSON lines ("-" reads them from the standard input):
  {"objective": {"target": 0.999, "window": "P28D", "coverage": 0.9}}     once; a window may also be 28d or month
  {"minute": "2026-11-24T23:40Z", "good": 1, "total": 1}                  a minute, also as a number since 1970
  {"minute": 29700001, "good": 1, "total": 1, "minutes": 600}             so many equal minutes in a row
  {"minute": 29700601, "unknown": true}                                   not judged; so are minutes without a line
  {"minute": 29700602, "good": 1, "total": 1, "endpoint": "https://eu.example.com"}   one of several base URLs; the worst decides
  {"exclude": {"from": 29700100, "to": 29700160, "reason": "planned"}}    minutes that count as neither
The answer for a minute counts that minute in.`

/** `castellan slo`: what the engine makes of a series of minutes. */
export const sloCommand = (): Command =>
  new Command('slo').description('works with service level objectives').addCommand(
    new Command('replay')
      .description('replays a series of minutes against an objective: counts, coverage, burn rates and alerts at any minute')
      .argument('<file>', 'JSON lines')
      .option('--at <minutes...>', 'minutes to answer for, as numbers or moments; the last one otherwise')
      .option('--every <minutes>', 'answers for every so many minutes from the first to the last')
      .option('--json', 'prints one JSON object a line')
      .addHelpText('after', FORMAT)
      .action((file: string, options: { readonly at?: readonly string[]; readonly every?: string; readonly json?: true }) => {
        const series = parseReplay(textOf(file))
        const asked = options.at?.flatMap((written) => written.split(',')).map(readMinute) ?? every(series.lines, options.every)
        for (const one of replay(series, asked)) process.stdout.write(`${options.json === true ? JSON.stringify(one) : inWords(one)}\n`)
      }),
  )

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new Refused('replay.unreadable', `${file} cannot be read (${error instanceof Error ? error.message : String(error)})`, 'file')
  }
}

function every(lines: readonly { readonly minute: number; readonly minutes: number }[], written: string | undefined): readonly number[] {
  if (written === undefined) return []
  const step = Number(written)
  if (!Number.isInteger(step) || step < 1) throw new Refused('replay.every', `"${written}" is not a number of minutes`, '--every')
  const first = lines.reduce((least, { minute }) => Math.min(least, minute), Number.POSITIVE_INFINITY)
  const end = lines.reduce((most, { minute, minutes }) => Math.max(most, minute + minutes), first)
  return Array.from({ length: Math.ceil((end - first) / step) }, (_, place) => first + place * step)
}

function inWords(one: Replayed): string {
  const { good, total, percent, state, minutes, coverage, burn, alerts, crossed, early_warning, budget_left } = one
  const quiet = crossed.filter((tier) => !alerts.includes(tier))
  const rates = Object.entries(burn).map(([window, { rate }]) => `${window} ${rate === null ? '-' : rate.toFixed(2)}`)
  return [
    ...(one.endpoint === null ? [] : [`${one.endpoint}${one.decides ? '  (decides)' : ''}`]),
    `${one.at}  ${percent === null ? 'no figure' : `${percent} %`}  ${state}  (${one.method})`,
    `  ${good} good of ${total}; ${minutes.judged} of ${minutes.expected} minutes judged (${(Math.floor(coverage * 10_000) / 100).toFixed(2)} %), ${minutes.unknown} unknown, ${minutes.excluded} excluded`,
    `  budget left: ${budget_left === null ? 'none given' : `${(Math.floor(budget_left * 1_000) / 10).toFixed(1)} %`}`,
    `  burn rates: ${rates.join('  ')}`,
    `  alerts: ${alerts.length === 0 ? 'none' : alerts.join(', ')}${quiet.length === 0 ? '' : `; crossed with too few failures: ${quiet.join(', ')}`}${early_warning ? '; early warning' : ''}`,
  ].join('\n')
}
