import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const elsewhere = mkdtempSync(join(tmpdir(), 'castellan-generate-'))
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }))

const generate = (...words: readonly string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'generate.mjs'), ...words], { encoding: 'utf8' })

describe('generated files', () => {
  it('in the repository are what their sources make today', () => {
    const { status, stderr } = generate('--check')
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  it('that are missing or stale fail the check by name, and writing them mends it', () => {
    const missing = generate('--check', '--root', elsewhere)
    expect([missing.status, existsSync(join(elsewhere, 'programmes'))]).toEqual([1, false])
    expect(missing.stderr).toContain(
      'programmes/programme.schema.json is not what server/src/programmes/schema.ts makes; run: node scripts/generate.mjs',
    )

    expect(missing.stderr).toContain('ARCHITECTURE.md is not what server/src/pipeline.ts makes')

    expect(generate('--root', elsewhere).status).toBe(0)
    const file = 'programmes/programme.schema.json'
    expect(readFileSync(join(elsewhere, file), 'utf8')).toBe(readFileSync(join(import.meta.dirname, '..', file), 'utf8'))

    appendFileSync(join(elsewhere, file), ' ')
    expect(generate('--check', '--root', elsewhere).status).toBe(1)
  })
})
