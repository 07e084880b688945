import { expect, it } from 'vitest'
import { answers, connect, descriptor } from '../../../../test/scans.ts'
import check from './check.ts'

const manifest = (runtime: string, modules = '  function:\n    - key: main\n      handler: index.run\n') => ({
  descriptor: descriptor(`app:\n  id: ari:cloud:ecosystem::app/1f\n${runtime}modules:\n${modules}`),
})
const named = (name: string) => manifest(`  runtime:\n    name: ${name}\n`)

it.each([
  ['nodejs20.x', 'pass'],
  ['nodejs24.x', 'pass'],
  ['nodejs18.x', 'fail'],
  ['sandbox', 'fail'],
  ['nodejs30.x', 'review (unknown_runtime)'],
])('judges %s', (name, outcome) => expect(answers(check, named(name))).toEqual([outcome]))

it('fails functions without a runtime, and needs none without functions', () => {
  expect(answers(check, manifest(''))).toEqual(['fail'])
  expect(answers(check, manifest('', '  jira:issuePanel:\n    - key: panel\n'))).toEqual(['not_applicable (no_function)'])
})

it('does not apply elsewhere', () => expect(answers(check, { descriptor: descriptor(connect()) })).toEqual(['not_applicable (not_forge)']))
