import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LEAST, packFolder } from '../test/packs.ts'
import { openHouse } from './open-house.ts'
import { systemClock } from './platform/clock.ts'
import { readConfig } from './platform/config.ts'

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
