import { join } from 'node:path'
import { expect, it } from 'vitest'
import { metWhen, catalogueWith } from '../../test/standing.ts'
import { parseInstant } from '../kernel/time.ts'
import { CHECKS } from '../scanning/checks/index.ts'
import { loadPack, type Pack } from './load.ts'
import type { MetWhen } from './schema.ts'
import { watchingInWords } from './watching.ts'

const NOW = parseInstant('2026-11-24')
const packWith = (met_when: MetWhen): Pack => {
  const catalogue = catalogueWith([metWhen(met_when)])
  return {
    folder: '',
    programme: catalogue.programme,
    requirements: [],
    policies: [],
    forms: [],
    digest: catalogue.digest,
    catalogues: [catalogue],
  }
}
const slo = (window: string, coverage: number): MetWhen => ({ slo: { indicator: 'availability', target: 0.9, window, coverage } })

it('says of the model programme that 28 days need about 27', () => {
  const pack = loadPack(join(import.meta.dirname, '../../../programmes/cloud-fortified'), { checks: CHECKS.map(({ id }) => id) })
  expect(watchingInWords([pack], NOW)).toBe(
    'Figures over 28 days need about 27 days of watching before they count, so a first badge is that far away.',
  )
})

it.each<[string, MetWhen, string | null]>([
  [
    'the longest, wherever it stands',
    { all_of: [slo('P7D', 1), { any_of: [{ check: 'x' }, slo('P4W', 0.5)] }] },
    'Figures over 28 days need about 14',
  ],
  ['what is asked first among several', { first_of: [slo('P90D', 0.9), { check: 'x' }] }, 'Figures over 90 days need about 81'],
  ['nothing where nothing is counted over a window', { check: 'x' }, null],
])('takes %s', (_, met_when, says) => {
  const told = watchingInWords([packWith(met_when)], NOW)
  if (says === null) expect(told).toBeNull()
  else expect(told).toContain(says)
})
