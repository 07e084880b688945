// A simulated year of a thousand apps, on two seeds: `node bench/simulate.mjs [--apps=1000] [--days=365] [--seeds=1,2]`. Every promise
// is held after each day and the whole log is read, hashed and folded again at the end, or there is no figure. Each seed runs in a
// process of its own. Beside it stands a floor: every event of that very log parsed from its JSON and hashed, and nothing else.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const given = (name, otherwise) => process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise
const apps = Number(given('apps', '1000'))
const days = Number(given('days', '365'))
const seeds = given('seeds', '1,2').split(',').map(Number)
const FROM = '2026-01-01'
const AT_ONCE = 1_024

if (process.send === undefined) await all()
else process.send(await one(Number(given('seed', '1'))), () => process.exit(0))

async function all() {
  process.stdout.write(`${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, `)
  process.stdout.write(
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}\n\n`,
  )
  process.stdout.write(`${apps} apps, ${days} days from ${FROM}, all programmes\n\n`)
  process.stdout.write('| seed | events | CPU seconds | floor | against the floor | seconds | MiB at most | load | head |\n')
  process.stdout.write('|---|---|---|---|---|---|---|---|---|\n')
  for (const seed of seeds) {
    const { events, cpu_s, floor_s, wall_s, rss_mb, load, head } = await inItsOwn(seed)
    const cells = [seed, events, cpu_s.toFixed(1), floor_s.toFixed(1), (cpu_s / floor_s).toFixed(1), wall_s.toFixed(0), rss_mb.toFixed(0)]
    process.stdout.write(`| ${[...cells, load.map((one) => one.toFixed(1)).join(' to '), head].join(' | ')} |\n`)
  }
}

async function inItsOwn(seed) {
  const loader = pathToFileURL(join(import.meta.dirname, '../server/src/platform/tsx.mjs')).href
  const child = fork(fileURLToPath(import.meta.url), [`--apps=${apps}`, `--days=${days}`, `--seed=${seed}`], {
    // As scripts/run.mjs starts `castellan simulate`.
    execArgv: ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=64', '--import', loader],
  })
  const told = once(child, 'message').then(([figure]) => figure)
  const gone = once(child, 'exit').then(([code]) => code)
  const figure = await Promise.race([told, gone.then(() => null)])
  const code = await gone
  if (figure === null || code !== 0) throw new Error(`seed ${seed} ended with ${code}${figure === null ? ' and told nothing' : ''}`)
  return figure
}

async function one(seed) {
  const { simulated } = await import('../server/simulate/simulate.ts')
  const load = [loadavg()[1]]
  const started = performance.now()
  const before = process.cpuUsage()
  const world = await simulated({
    seed,
    apps,
    days,
    from: FROM,
    programmes: [],
    progress(day, of) {
      if (day % 30 !== 0 && day !== of) return
      const mb = (bytes) => Math.round(bytes / 2 ** 20)
      const { rss, heapUsed } = process.memoryUsage()
      process.stderr.write(`seed ${seed}: day ${day} of ${of}, ${seconds(process.cpuUsage(before)).toFixed(0)} CPU s, `)
      process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0)} s, ${mb(rss)} MiB, of them heap ${mb(heapUsed)}\n`)
    },
  })
  const cpu_s = seconds(process.cpuUsage(before))
  const wall_s = (performance.now() - started) / 1000
  load.push(loadavg()[1])
  const rss_mb = process.resourceUsage().maxRSS / 1024
  const head = (await world.log.head())?.hash
  return { events: world.log.size(), cpu_s, floor_s: await floor(world.log), wall_s, rss_mb, load, head }
}

/** Parsing and hashing every event of a log; what it costs to get at their texts is not counted. */
async function floor(log) {
  const { hash } = await import('node:crypto')
  let spent = 0
  let parsed = 0
  for (let seq = 0; ;) {
    const events = await log.after(seq, AT_ONCE)
    if (events.length === 0) break
    seq = events.at(-1).seq
    const texts = events.map((event) => JSON.stringify(event))
    const before = process.cpuUsage()
    for (const text of texts) {
      if (hash('sha256', text) !== '' && JSON.parse(text).seq > 0) parsed += 1
    }
    spent += seconds(process.cpuUsage(before))
  }
  if (parsed !== log.size()) throw new Error(`${parsed} events of ${log.size()} were parsed`)
  return spent
}

function seconds({ user, system }) {
  return (user + system) / 1e6
}
