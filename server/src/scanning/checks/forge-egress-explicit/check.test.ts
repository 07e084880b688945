import { expect, it } from 'vitest'
import { answers, connect, descriptor, findingsOf, forge } from '../../../../test/scans.ts'
import check from './check.ts'

const external = (yaml: string) => ({ descriptor: descriptor(forge(`permissions:\n  external:\n${yaml}`)) })

it.each([
  ['a named host', "    fetch:\n      backend: ['https://api.example.com']\n", ['pass']],
  ['a bare host', "    fetch:\n      backend: ['api.example.com']\n", ['pass']],
  ['a wildcard below a domain of its own', "    fetch:\n      client: ['*.gitlab.com']\n", ['pass']],
  ['everything', "    fetch:\n      backend: ['*']\n", ['fail']],
  ['everything over https', "    scripts: ['https://*']\n", ['fail']],
  ['a domain that strangers share', "    images: ['*.amazonaws.com']\n", ['fail']],
  ['a private suffix', "    frames: ['*.github.io']\n", ['fail']],
  ['a public suffix', "    frames: ['*.co.uk']\n", ['fail']],
  ['an address by its key', "    fetch:\n      backend:\n        - address: '*'\n          category: analytics\n", ['fail']],
  ['two at once', "    fetch:\n      backend: ['*']\n      client: ['*']\n", ['fail', 'fail']],
])('judges %s', (_, yaml, outcomes) => expect(answers(check, external(yaml))).toEqual(outcomes))

it('names the place', () => {
  expect(findingsOf(check, external("    fetch:\n      backend: ['https://a.example', '*']\n"))[0]?.where).toBe(
    '/permissions/external/fetch/backend/1',
  )
})

it('passes a manifest that lets nothing out, and does not apply elsewhere', () => {
  expect(answers(check, { descriptor: descriptor(forge()) })).toEqual(['pass'])
  expect(answers(check, { descriptor: descriptor(connect()) })).toEqual(['not_applicable (not_forge)'])
})
