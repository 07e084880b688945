import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { instant, type Instant } from '../src/kernel/time.ts'
import { inForce, loadPack } from '../src/programmes/load.ts'
import type { Facts } from '../src/standing/facts.ts'
import { judge } from '../src/standing/judge.ts'

/** Each programme tells in `cases/` what its rules mean: these facts, on this day, these verdicts. */

const PROGRAMMES = join(import.meta.dirname, '..', '..', 'programmes')

/** The shape of a story. Its facts are those that the story is about; all others are the plainest there are. */
const Story = z.strictObject({
  says: z.string().min(1),
  on: z.iso.date(),
  facts: z.record(z.string(), z.unknown()),
  expect: z.record(z.string(), z.enum(['met', 'unmet', 'unknown', 'not_applicable', 'upcoming', 'retired', 'waived'])),
})

const PLAIN: Facts = {
  app: 'a-story',
  platform: 'connect',
  hosting: 'remote',
  registered_at: instant(Date.UTC(2021, 0, 1)),
  consent: true,
  checks: {},
  slos: {},
  forms: {},
  records: {},
  attestations: {},
  waivers: {},
  overdue: {},
}

const folders = readdirSync(PROGRAMMES, { withFileTypes: true }).filter((entry) => entry.isDirectory())

describe.each(folders.map(({ name }) => name))('The programme %s', (name) => {
  const folder = join(PROGRAMMES, name)
  const pack = loadPack(folder)
  const cases = readdirSync(folder).includes('cases') ? readdirSync(join(folder, 'cases')).sort() : []

  it.each(cases)('judges as it says: %s', (file) => {
    const story = Story.parse(parse(readFileSync(join(folder, 'cases', file), 'utf8')))
    const noon = `${story.on}T12:00:00.000Z` as Instant
    const catalogue = inForce(pack, noon)
    if (catalogue === null) throw new Error(`no version of ${name} judges on ${story.on}`)
    const verdicts = judge(catalogue, { ...PLAIN, ...story.facts }, noon)
    const told = Object.fromEntries(verdicts.map(({ requirement, verdict }) => [requirement, verdict]))
    expect(Object.fromEntries(Object.keys(story.expect).map((id) => [id, told[id]])), story.says).toEqual(story.expect)
  })
})

describe('The model programme', () => {
  it('ends nothing by its own dates: closing and retiring are acts of the operator, also years after the original ended', () => {
    const { programme, requirements, catalogues } = loadPack(join(PROGRAMMES, 'cloud-fortified'))
    const newest = programme.versions.at(-1)
    expect(catalogues.at(-1)?.version).toBe(newest?.version)
    expect(newest?.superseded).toBeUndefined()
    expect(requirements.flatMap(({ id, retired }) => (retired !== undefined && retired > (newest?.effective ?? '') ? [id] : []))).toEqual(
      [],
    )
  })
})
