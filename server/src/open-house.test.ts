import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { testClock } from '../test/house.ts'
import { LEAST, packFolder } from '../test/packs.ts'
import { adoptProgrammes } from './directory/adopting.ts'
import { after, DAY_MS, HOUR_MS, parseInstant } from './kernel/time.ts'
import { openHouse } from './open-house.ts'
import { systemClock } from './platform/clock.ts'
import { readConfig } from './platform/config.ts'

describe('a house that is opened on an earlier clock than before', () => {
  it(
    'says so, keeps everything, and dates what happens by the newest event until the clock has caught up',
    { timeout: 240_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'castellan-house-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const config = readConfig({ CASTELLAN_DATA: folder, PROGRAMMES: packFolder() })
      const lines: string[] = []
      const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) })
      const machine = { kind: 'machine', name: 'test' } as const
      const event = { stream: 'programme/other', subject: null, type: 'directory.programme_adopted', payload: { programme: 'other' } }
      const noon = parseInstant('2026-11-20T12:00:00Z')

      const first = await openHouse({ config, clock: testClock(noon), log })
      await adoptProgrammes(first)
      const before = await first.act(machine, 'read-app', {}, (desk) => desk.log.after(0, 100))
      await first.close()
      expect(before.length).toBeGreaterThan(0)
      expect(lines).toEqual([])

      const clock = testClock(after(noon, -DAY_MS))
      const second = await openHouse({ config, clock, log })
      onTestFinished(second.close)
      expect(lines.join()).toContain("The clock says 2026-11-19T12:00:00.000Z, but the log's newest event is of 2026-11-20T12:00:00.000Z")
      expect(await second.act(machine, 'read-app', {}, (desk) => desk.log.after(0, 100))).toEqual(before)
      const record = () => second.act(machine, 'read-app', {}, (desk) => desk.record([event]))
      expect((await record())[0]?.at).toBe(noon)
      clock.advance(DAY_MS + HOUR_MS)
      expect((await record())[0]?.at).toBe(after(noon, HOUR_MS))
    },
  )
})

describe('a house whose pack asks for a check that this program does not have', () => {
  it('is not opened: the refusal names the file and the place, and the directory stays empty', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'castellan-house-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const requirement = { ...LEAST.requirement, verified_by: 'scan', met_when: { check: 'hsts-enabeld' }, revisions: [] }
    const pack = packFolder({ 'requirements/care/answers.yaml': requirement })
    const config = readConfig({ CASTELLAN_DATA: folder, PROGRAMMES: pack })
    const opened = openHouse({ config, clock: systemClock, log: pino({ level: 'silent' }) })
    await expect(opened).rejects.toThrow('requirements/care/answers.yaml: There is no check "hsts-enabeld" at met_when.check (line')
    expect(readdirSync(folder)).toEqual([])
  })
})
