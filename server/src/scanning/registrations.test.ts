import { expect, it } from 'vitest'
import { instant } from '../kernel/time.ts'
import { registrationsIn } from './registrations.ts'

const as_of = instant(0)

it('reads domains and days', () => {
  expect(registrationsIn({ as_of, text: '{"app.example":"2027-03-01"}' })).toEqual({ as_of, expires: { 'app.example': '2027-03-01' } })
})

it.each([
  ['{', 'JSON'],
  ['[]', 'object'],
  ['{"app.example":"next year"}', 'app.example'],
  ['{"App.Example":"2027-03-01"}', 'App.Example'],
])('refuses %s', (text, told) => expect(() => registrationsIn({ as_of, text })).toThrow(told))
