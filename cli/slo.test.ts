import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sloCommand } from './slo.ts'

const LINES = [
  { objective: { target: 0.999, window: '28d' } },
  { minute: '2026-10-01T00:00Z', minutes: 40_317, good: 1, total: 1 },
  { minute: '2026-10-28T23:57Z', minutes: 3, good: 0, total: 1 },
]

describe('castellan slo replay', () => {
  let folder: string
  let file: string
  let printed: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'castellan-slo-'))
    file = join(folder, 'series.jsonl')
    writeFileSync(file, LINES.map((line) => JSON.stringify(line)).join('\n'))
    printed = ''
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text)
      return true
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(folder, { recursive: true, force: true })
  })
  const run = async (...rest: readonly string[]): Promise<string> => {
    await sloCommand().parseAsync(['replay', file, ...rest], { from: 'user' })
    return printed
  }

  it('tells of the last minute in words', async () => {
    expect(await run()).toBe(
      [
        '2026-10-29T00:00:00.000Z  99.9925 %  held  (occurrences)',
        '  40317 good of 40320; 40320 of 40320 minutes judged (100.00 %), 0 unknown, 0 excluded',
        '  budget left: 92.5 %',
        '  burn rates: 5m 600.00  30m 100.00  1h 50.00  2h 25.00  6h 8.33  1d 2.08  3d 0.69  28d 0.07',
        '  alerts: page_quick, page_slow; early warning',
        '',
      ].join('\n'),
    )
  })

  it('tells of asked minutes as JSON, one a line', async () => {
    const answers = (await run('--json', '--at', '2026-10-28T23:56Z,2026-10-28T23:57Z'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly bad: number; readonly alerts: readonly string[]; readonly crossed: readonly string[] })
    expect(answers.map(({ bad, alerts, crossed }) => [bad, alerts, crossed])).toEqual([
      [0, [], []],
      [1, [], ['page_quick']],
    ])
  })

  it('refuses a file that is not there with a sentence', async () => {
    await expect(sloCommand().parseAsync(['replay', join(folder, 'none')], { from: 'user' })).rejects.toMatchObject({
      code: 'replay.unreadable',
    })
  })
})
