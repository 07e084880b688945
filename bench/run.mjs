// Runs benchmarks: `node bench/run.mjs probe-http`. Each contender runs in a process of its own, after a warm-up, in turn with
// the others, so that a noisy neighbour disturbs all of them alike; what is told is the median with its extremes.
// The simulated year takes minutes and is a command of its own: simulate.mjs.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'

const folder = import.meta.dirname
const NOT_BENCHES = new Set(['run.mjs', 'one.mjs', 'target.mjs', 'simulate.mjs'])
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && !NOT_BENCHES.has(file))
  .map((file) => file.slice(0, -'.mjs'.length))
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const pairs = Number(process.argv.find((argument) => argument.startsWith('--pairs='))?.slice('--pairs='.length) ?? 5)
const names = asked.length === 0 ? known : asked
const strange = names.find((name) => !known.includes(name))
if (strange !== undefined) {
  process.stderr.write(`There is no benchmark "${strange}"; there are ${known.join(', ')}.\n`)
  process.exit(64)
}

process.stdout.write(`${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, `)
process.stdout.write(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}\n`)

for (const name of names) {
  const bench = await import(join(folder, `${name}.mjs`))
  const contenders = Object.keys(bench.contenders)
  const figures = new Map(contenders.map((contender) => [contender, []]))
  process.stdout.write(`\n${name}: ${bench.about}\n`)
  for (let pair = 0; pair < pairs; pair++) {
    // Whoever goes first in one round goes last in the next.
    for (const contender of pair % 2 === 0 ? contenders : contenders.toReversed()) {
      const figure = await one(name, contender)
      figures.get(contender).push(figure)
      process.stdout.write(`  round ${pair + 1}, ${contender}: ${bench.tell(figure)}\n`)
    }
  }
  process.stdout.write(
    `\n| contender | ${bench.unit}, min / median / max | against ${contenders[0]}, min / median / max |\n|---|---|---|\n`,
  )
  const base = figures.get(contenders[0])
  for (const [contender, all] of figures) {
    const ratios = all.map((figure, round) => bench.measure(figure) / bench.measure(base[round]))
    process.stdout.write(
      `| ${contender} | ${spread(all.map(bench.measure), bench.decimals)} | ${contender === contenders[0] ? '1' : spread(ratios, 2)} |\n`,
    )
  }
}

/** One contender once, in a fresh process. */
async function one(name, contender) {
  const child = fork(join(folder, 'one.mjs'), [name, contender], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const told = once(child, 'message').then(([figure]) => figure)
  const gone = once(child, 'exit').then(([code]) => code)
  const figure = await Promise.race([told, gone.then(() => null)])
  const code = await gone
  if (figure === null || code !== 0) throw new Error(`${contender} ended with ${code}${figure === null ? ' and told nothing' : ''}`)
  return figure
}

function spread(values, decimals) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)]
  return [sorted[0], middle, sorted.at(-1)].map((value) => value.toFixed(decimals)).join(' / ')
}
