import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { LEAST } from '../../test/packs.ts'

/** The schema that editors use must say what the loader says: what one refuses the other must not complete. */

const PROGRAMMES = join(import.meta.dirname, '../../../programmes')
const schema = JSON.parse(readFileSync(join(PROGRAMMES, 'programme.schema.json'), 'utf8')) as object
const ajv = new Ajv2020({ strict: false, allErrors: false })
addFormats.default(ajv)
ajv.addSchema({ ...schema, $id: 'pack' })

const KINDS = { 'programme.yaml': 'Programme', requirements: 'Requirement', policies: 'Policy', forms: 'Form' } as const

const kindOf = (path: string): string | undefined => KINDS[(path.split('/')[1] ?? '') as keyof typeof KINDS]

describe('programme.schema.json', () => {
  it('lets pass every file of every programme that comes with the product', () => {
    const files = readdirSync(PROGRAMMES, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => path.endsWith('.yaml') && kindOf(path) !== undefined)
    expect(files.length).toBeGreaterThan(100)
    const refused = files.filter(
      (path) => !ajv.validate(`pack#/$defs/${kindOf(path) ?? ''}`, parse(readFileSync(join(PROGRAMMES, path), 'utf8'))),
    )
    expect(refused).toEqual([])
  })

  it.each<readonly [string, string, object]>([
    ['a misspelt key', 'Requirement', { ...LEAST.requirement, met_when: { check: 'x', fresh_fer: 'P1D' } }],
    ['a misspelt key deep inside', 'Requirement', { ...LEAST.requirement, met_when: { all_of: [{ any_of: [{ chek: 'x' }] }] } }],
    ['a target over one', 'Requirement', { ...LEAST.requirement, met_when: { slo: { ...LEAST.requirement.met_when.slo, target: 99.9 } } }],
    ['a programme without tiers', 'Programme', { ...LEAST.programme, tiers: [] }],
    ['a kind of policy that there is not', 'Policy', { ...LEAST.policy, kind: 'revenge' }],
    ['a form without questions', 'Form', { ...LEAST.form, groups: [] }],
  ])('refuses %s', (_, kind, file) => {
    expect(ajv.validate(`pack#/$defs/${kind}`, file)).toBe(false)
  })

  it.each(Object.entries(LEAST).map(([part, file]) => [part, file] as const))('knows a %s without being told that it is one', (_, file) => {
    expect(ajv.validate('pack', file), JSON.stringify(ajv.errors)).toBe(true)
  })
})
