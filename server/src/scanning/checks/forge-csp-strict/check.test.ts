import { expect, it } from 'vitest'
import { answers, connect, descriptor, forge } from '../../../../test/scans.ts'
import check from './check.ts'

const scripts = (list: string) => ({ descriptor: descriptor(forge(`permissions:\n  content:\n    scripts: ${list}\n`)) })

it.each([
  ["['unsafe-eval']", ['fail']],
  ["['unsafe-inline', 'unsafe-hashes']", ['fail', 'fail']],
  ["['blob:']", ['fail']],
  ['["\'unsafe-eval\'"]', ['fail']],
  ["['*']", ['fail']],
  ["['sha256-abc']", ['pass']],
  ['[]', ['pass']],
  ['yes', ['inconclusive (unreadable)']],
])('judges scripts: %s', (list, outcomes) => expect(answers(check, scripts(list))).toEqual(outcomes))

it('passes styles that are loosened, and a manifest that loosens nothing', () => {
  expect(answers(check, { descriptor: descriptor(forge(`permissions:\n  content:\n    styles: ['unsafe-inline']\n`)) })).toEqual(['pass'])
  expect(answers(check, { descriptor: descriptor(forge()) })).toEqual(['pass'])
})

it('does not apply elsewhere', () => expect(answers(check, { descriptor: descriptor(connect()) })).toEqual(['not_applicable (not_forge)']))
