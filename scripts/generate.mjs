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
  {
    path: 'ARCHITECTURE.md',
    from: 'server/src/pipeline.ts',
    make: async () => {
      // Pages are part of the pipeline's world, and Node reads them by our own hook.
      await import('../server/src/platform/tsx.mjs')
      const { pipelineOf } = await import('../server/src/pipeline.ts')
      return withPart(readFileSync(join(REPOSITORY, 'ARCHITECTURE.md'), 'utf8'), 'reactors', reactorsDrawn(pipelineOf([]).reactors))
    },
  },
]

/** A text with the part between two marks replaced; the rest is written by people. */
function withPart(text, name, part) {
  const [begin, end] = [`<!-- generated: ${name} -->`, '<!-- /generated -->']
  const [from, to] = [text.indexOf(begin), text.indexOf(end, text.indexOf(begin))]
  if (from < 0 || to < 0) throw new Error(`there is no part between ${begin} and ${end}`)
  return `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`
}

/** Who listens to whom: an arrow from the slice that tells to the slice that answers, with what is heard. */
function reactorsDrawn(reactors) {
  const arrows = reactors.flatMap(({ name, slice, listens }) => {
    const heard = Map.groupBy(listens, (type) => type.slice(0, type.indexOf('.')))
    const said = (types) => types.map((type) => type.slice(type.indexOf('.') + 1).replace('*', 'all')).sort()
    return [...heard].map(([from, types]) => `  ${from} -- "${name}: ${said(types).join(', ')}" --> ${slice}`)
  })
  return ['```mermaid', 'flowchart LR', ...arrows.sort(), '```'].join('\n')
}

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
