import { expect, it } from 'vitest'
import { answers, exchange, findingsOf, silent } from '../../../../test/scans.ts'
import type { InputProbe, Reflection } from '../../check.ts'
import check from './check.ts'

const PAGE = 'https://app.example/page'
const asked = (more: Partial<InputProbe> & { readonly status?: number; readonly type?: string } = {}): InputProbe => ({
  page: PAGE,
  kind: 'marker',
  as: 'tenant',
  parameters: ['issue'],
  reflected: [],
  exchange: exchange({ url: PAGE, status: more.status ?? 200, headers: { 'content-type': more.type ?? 'text/html' } }),
  ...more,
})
const of = (...probes: readonly InputProbe[]) => ({ inputs: { probes, silent: [] } })
const back: readonly Reflection[] = [{ parameter: 'issue', context: 'markup' }]

it.each<[string, ReturnType<typeof of>, readonly string[]]>([
  ['a page that encodes', of(asked()), ['pass']],
  ['a page that does not', of(asked({ reflected: back })), ['fail']],
  ['an error page that does not', of(asked({ reflected: back, as: 'visitor', status: 401 })), ['fail']],
  ['data in which it stands', of(asked({ reflected: back, type: 'application/json' })), ['pass']],
  ['an answer without a type, which a browser may take for a document', of(asked({ reflected: back, type: '' })), ['fail']],
  ['a refusal of a visitor', of(asked({ as: 'visitor', status: 401 })), ['inconclusive (no_control)']],
  ['a visitor who is let in', of(asked({ as: 'visitor' })), ['pass']],
  ['a refusal of a visitor beside what a person gets', of(asked({ as: 'visitor', status: 401 }), asked()), ['pass']],
  ['a value that is refused', of(asked({ status: 400 })), ['pass']],
  ['a token that is not taken with it', of(asked({ status: 401 })), ['inconclusive (no_control)']],
  ['trouble', of(asked({ status: 500 })), ['inconclusive (unavailable)']],
  ['a foreign address, which is another question', of(asked({ kind: 'canary', reflected: back })), ['not_applicable (no_parameters)']],
])('judges %s', (_, artifacts, outcomes) => expect(answers(check, artifacts)).toEqual(outcomes))

it('has an id for each parameter and place, the same for a visitor and a person', () => {
  const ids = (as: InputProbe['as']) =>
    findingsOf(check, of(asked({ as, reflected: [...back, { parameter: 'b', context: 'script' }] }))).map(({ id }) => id)
  expect(new Set(ids('tenant')).size).toBe(2)
  expect(ids('visitor')).toEqual(ids('tenant'))
  expect(findingsOf(check, of(asked({ reflected: back })))[0]?.cvss?.score).toBe(6.1)
})

it('does not pass over silence', () => {
  expect(answers(check, { inputs: { probes: [], silent: [silent(PAGE)] } })).toEqual(['inconclusive (connect)'])
})
