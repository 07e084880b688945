// One contender of one benchmark, in a process of its own, for run.mjs.
import { join } from 'node:path'

const [name = '', contender = ''] = process.argv.slice(2)
const bench = await import(join(import.meta.dirname, `${name}.mjs`))
const figure = await bench.run(bench.contenders[contender])
process.send(figure, () => process.exit(0))
