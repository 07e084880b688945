// Writes every generated file of the repository: `node scripts/generate.mjs`. With `--check` it writes nothing and fails
// when one is not what its source would make of it today, naming the file and the source. `--root` writes elsewhere.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const REPOSITORY = join(import.meta.dirname, '..')
const asJson = (value) => `${JSON.stringify(value, null, 2)}\n`

/** Each generated file: where it lies, what it is made from, and how. A new one is a line here. */
const GENERATED = [
  {
    path: 'programmes/programme.schema.json',
    from: 'server/src/programmes/schema.ts',
    make: async () => asJson((await import('../server/src/programmes/json-schema.ts')).programmeJsonSchema()),
  },
]

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, root: { type: 'string', default: REPOSITORY } } })
let stale = 0
for (const { path, from, make } of GENERATED) {
  const file = join(values.root, path)
  const text = await make()
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (values.check) {
    stale += 1
    process.stderr.write(`${path} is not what ${from} makes; run: node scripts/generate.mjs\n`)
    continue
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  process.stdout.write(`${path} written from ${from}\n`)
}
process.exitCode = stale === 0 ? 0 : 1
