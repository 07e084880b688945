import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { isRefused } from '../server/src/kernel/refused.ts'
import { LEAST, packFolder } from '../server/test/packs.ts'
import { programmeCommand } from './programme.ts'

const repository = join(import.meta.dirname, '..')

type Ran = { readonly status: number; readonly stdout: string; readonly stderr: string }

/** The command in this process: what it prints, and the code it would leave with. A refusal leaves with 64, as in castellan.ts. */
async function programme(...words: readonly string[]): Promise<Ran> {
  let stdout = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += String(chunk)
    return true
  })
  try {
    await programmeCommand().parseAsync(words, { from: 'user' })
    return { status: Number(process.exitCode ?? 0), stdout, stderr: '' }
  } catch (error) {
    if (!isRefused(error)) throw error
    return { status: 64, stdout, stderr: error.message }
  } finally {
    write.mockRestore()
    process.exitCode = undefined
  }
}

/** The command line as a build runs it: another process, no terminal. */
function castellan(...words: readonly string[]): Ran {
  const tsx = join(repository, 'server/src/platform/tsx.mjs')
  const args = ['--import', tsx, join(import.meta.dirname, 'castellan.ts'), ...words]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: repository, encoding: 'utf8' })
  return { status: status ?? -1, stdout, stderr }
}

const broken = { 'requirements/care/answers.yaml': { ...LEAST.requirement, met_when: { check: 'hsts-enabled', fresh_fer: 'P7D' } } }

describe('castellan programme', () => {
  it('is there from a shell, and tells a build by its code', () => {
    const folder = packFolder(broken)
    const { status, stdout, stderr } = castellan('programme', 'lint', folder)
    expect([status, stderr]).toEqual([1, ''])
    expect(stdout).toContain('Unrecognized key "fresh_fer"')
  })
})

describe('castellan programme lint', () => {
  it('finds nothing wrong with what comes with the product, by id or by folder', async () => {
    const { status, stdout, stderr } = await programme('lint', 'programmes')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('storefront-quality (programmes/storefront-quality): nothing is wrong.')
    expect((await programme('lint', 'storefront-quality')).stdout).toBe(
      'storefront-quality (programmes/storefront-quality): nothing is wrong.\n',
    )
  })

  it('tells each mistake with file, key, line and mend, and exits with 1', async () => {
    const { status, stdout } = await programme('lint', packFolder(broken))
    expect(status).toBe(1)
    expect(stdout).toContain('least (')
    expect(stdout).toMatch(
      /: one problem\n {2}requirements\/care\/answers\.yaml: Unrecognized key "fresh_fer" at met_when\.check \(line 16\)\. /,
    )
  })

  it('knows which checks there are', async () => {
    const folder = packFolder({
      'requirements/care/answers.yaml': { ...LEAST.requirement, met_when: { check: 'hsts-enable' }, revisions: [] },
    })
    expect((await programme('lint', folder)).stdout).toContain(
      'There is no check "hsts-enable" at met_when.check (line 15). Did you mean "hsts-enabled"?',
    )
  })

  it('tells what it would refuse though it can be read', async () => {
    const { status, stdout } = await programme('lint', packFolder({ 'policies/enforcement.yaml': null }))
    expect(status).toBe(1)
    expect(stdout).toContain('programme.yaml: No policy of enforcement holds in this version at versions[0].version')
  })

  it('prints one object with --json', async () => {
    const { status, stdout } = await programme('lint', packFolder(broken), packFolder(), '--json')
    const told = JSON.parse(stdout) as { problems: number; programmes: { programme: string; digest: string | null; problems: object[] }[] }
    expect(status).toBe(1)
    expect(told.problems).toBe(1)
    expect(told.programmes.map(({ programme, digest }) => [programme, digest !== null])).toEqual([
      ['least', false],
      ['least', true],
    ])
    expect(told.programmes[0]?.problems[0]).toEqual({
      file: 'requirements/care/answers.yaml',
      path: 'met_when.check',
      line: 16,
      says: 'Unrecognized key "fresh_fer"',
      mend: expect.any(String),
    })
  })

  it('does not let a file draw on the terminal', async () => {
    const folder = packFolder({ 'requirements/care/answers.yaml': { ...LEAST.requirement, '\u001B[31mred': 1 } })
    expect((await programme('lint', folder)).stdout).not.toContain('\u001B')
  })

  it('says so when there is no such folder', async () => {
    const { status, stdout, stderr } = await programme('lint', '/nowhere/at/all')
    expect([status, stdout]).toEqual([64, ''])
    expect(stderr).toContain('There is no programme in /nowhere/at/all')
  })
})

describe('castellan programme diff', () => {
  it('tells what a version changes, with the reason', async () => {
    const { status, stdout } = await programme('diff', packFolder(), '2026.1', '2026.2')
    expect(status).toBe(0)
    expect(stdout).toBe(
      'Least, 2026.1 → 2026.2\n\nRevised requirement: Answers (care.answers).\n    met_when.slo.target: 0.9 → 0.99\n    Why: One in ten is too many.\n',
    )
  })

  it('prints the changes as data with --json', async () => {
    const told = JSON.parse((await programme('diff', 'storefront-quality', '2025.3', '2026.1', '--json')).stdout) as {
      programme: string
      from: { version: string }
      changes: { how: string; id: string; on: string }[]
    }
    expect([told.programme, told.from.version]).toEqual(['storefront-quality', '2025.3'])
    expect(told.changes.map(({ how, id, on }) => [how, id, on])).toEqual([['added', 'care.buyers-sign-in', '2026-12-01']])
  })

  it('says that nothing changes when nothing does', async () => {
    expect((await programme('diff', packFolder(), '2026.2', '2026.2')).stdout).toBe('Least, 2026.2 → 2026.2\nNothing changes.\n')
  })

  it('refuses a version that there is not, with those that there are', async () => {
    const { status, stderr } = await programme('diff', packFolder(), '2026.1', '2027.1')
    expect(status).toBe(64)
    expect(stderr).toContain('Least has no version 2027.1; there are 2026.1, 2026.2.')
  })
})

describe('castellan programme show', () => {
  it('prints a programme as it reads on a day', async () => {
    const { status, stdout } = await programme('show', 'storefront-quality', '--as-of', '2025-03-01')
    expect(status).toBe(0)
    expect(stdout).toContain('Storefront Quality 2025.1, from 2025-01-02 (America/Toronto)')
    expect(stdout).toMatch(/\n {2}care\.embedded +Lives inside the admin\n +quality · record, confirmed by a person · grace no time\n/)
    expect(stdout).toContain('(from 2026-12-01)')
    expect(stdout).toContain('(retired 2025-01-02)')
  })

  it('prints any version by name, and the catalogue as data', async () => {
    const told = JSON.parse((await programme('show', packFolder(), '--of', '2026.1', '--json')).stdout) as {
      version: string
      digest: string
      programme: { id: string; versions?: unknown }
      requirements: { id: string }[]
    }
    expect([told.version, told.programme.id, told.programme.versions]).toEqual(['2026.1', 'least', undefined])
    expect(told.digest).toMatch(/^sha256:/)
    expect(told.requirements.map(({ id }) => id)).toEqual(['care.answers'])
  })

  it('says when a programme begins if it has not', async () => {
    const { status, stderr } = await programme('show', packFolder(), '--as-of', '2025-01-01')
    expect(status).toBe(64)
    expect(stderr).toContain('Least begins on 2026-01-01; no version judges on 2025-01-01.')
  })
})
