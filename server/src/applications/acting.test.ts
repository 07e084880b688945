import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { APP, openHarbour, type Harbour } from '../../test/applications.ts'
import { testClock } from '../../test/house.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import { DAY_MS, parseInstant } from '../kernel/time.ts'
import { sweep } from '../sweeping.ts'

describe.each(ENGINES)('an application from the gate to the badge, on $engine', ({ open }) => {
  // A Thursday.
  const clock = testClock(parseInstant('2026-01-01T12:00:00Z'))
  let opened: Opened
  let at: Harbour
  beforeAll(async () => {
    opened = await open(clock)
    at = await openHarbour(opened, clock)
  }, 180_000)
  afterAll(async () => {
    await at?.server.close()
    await opened.close()
  })
  const turn = async (who = 'mia') =>
    (await at.read(who))['turn'] as { step: string; side: string; due_at: string | null; overdue: boolean }
  const parts = async () =>
    Object.fromEntries(
      ((await at.read('mia'))['components'] as { component: string; state: string }[]).map(({ component, state }) => [component, state]),
    )

  it('readiness is shown before anybody applies, and the gate says what is in the way', async () => {
    await at.scan({ gate: 'fail', base: 'fail', soaked: 'fail' })
    const read = await at.read('mia')
    expect(read['state']).toBe('none')
    expect(
      (read['in_the_way'] as { requirement: string; verdict: string }[]).map(({ requirement, verdict }) => [requirement, verdict]),
    ).toEqual([['gate', 'unmet']])
    expect(await parts()).toEqual({ hull: 'not_started', sails: 'not_started' })
    const refused = await at.call('mia', 'POST', `${at.threadOf(APP)}/apply`, { standing_hash: await at.hash() })
    expect([refused.status, refused['code']]).toEqual([409, 'applications.not_eligible'])
    expect(refused['detail']).toContain('gate')
  })

  it('only an administrator of the partner applies, on the standing as it is', async () => {
    await at.scan({ gate: 'pass', base: 'fail', soaked: 'fail' })
    expect(await at.does('max', 'apply', { standing_hash: await at.hash() })).toBe('enrolment.forbidden')
    expect(await at.does('ann', 'apply', { standing_hash: await at.hash() })).toBe('enrolment.forbidden')
    expect(await at.does('oto', 'apply', { standing_hash: await at.hash() })).toBe('enrolment.forbidden')
    expect(await at.does('mia', 'apply', { standing_hash: 'another' })).toBe('applications.standing_moved')
    expect(await at.does('mia', 'apply', { standing_hash: await at.hash() })).toBe('triage')
    // Three working days from a Thursday noon end on the Tuesday after.
    expect(await turn()).toMatchObject({ step: 'triage', side: 'operator', due_at: '2026-01-06T12:00:00.000Z', overdue: false })
    expect(await parts()).toEqual({ hull: 'waiting_partner', sails: 'waiting_partner' })
  })

  it('triage asks for changes, the partner answers, and the turn goes over and back', async () => {
    await at.later(DAY_MS)
    const ask = async (component: string) =>
      at.does('ann', 'request-changes', { asked: [{ component }], words: 'The hull leaks.', seen: await at.version() })
    expect(await ask('keel')).toBe('applications.no_such_component')
    expect(await ask('hull')).toBe('changes')
    expect(await turn()).toMatchObject({ step: 'changes', side: 'partner', due_at: '2026-01-09T12:00:00.000Z' })
    await at.later(2 * DAY_MS)
    expect(await at.does('mia', 'answer', { words: ' ' })).toBe('applications.no_words')
    expect(await at.does('max', 'answer', { words: 'Mended.' })).toBe('triage')
    expect(await at.does('ann', 'accept', { seen: await at.version() })).toBe('verification')
  })

  it('each part is looked at, test runs are arranged, and a run that is passed confirms its record', async () => {
    expect(await at.does('ann', 'checks', { component: 'hull', result: 'met', standing_hash: await at.hash() })).toBe(
      'applications.not_met',
    )
    await at.scan({ gate: 'pass', base: 'pass', soaked: 'pass' })
    expect(await parts()).toEqual({ hull: 'waiting_operator', sails: 'soaking' })
    const check = async (component: string) => at.does('ann', 'checks', { component, result: 'met', standing_hash: await at.hash() })
    expect(await check('hull')).toBe('verification')
    expect(await check('sails')).toBe('verification')
    expect(await at.does('ann', 'finish-verification', { seen: await at.version() })).toBe('applications.not_verified')
    expect(await at.does('ann', 'run-results', { run: 'drill', result: 'passed', words: 'It floats.' })).toBe('applications.not_arranged')
    expect(await at.does('ann', 'runs', { run: 'swim' })).toBe('applications.no_such_run')
    expect(await at.does('ann', 'runs', { run: 'drill', planned_at: '2026-01-05T09:00:00Z' })).toBe('verification')
    expect(await at.does('ann', 'run-results', { run: 'drill', result: 'passed', words: 'It floats.' })).toBe('verification')
    const facts = await at.machine((unit) => unit.documents.get<{ records: { [kind: string]: { state: string } } }>('standing.facts', APP))
    expect(facts?.records['drill']?.state).toBe('done')
  })

  it('it soaks by the clock alone, and then waits for the reviewers', async () => {
    expect(await at.does('ann', 'finish-verification', { seen: await at.version() })).toBe('soak')
    expect(await turn()).toMatchObject({ step: 'soak', side: 'nobody' })
    expect(await at.decides('ann', 'approve')).toBe('applications.wrong_state')
    await sweep(at.house)
    expect((await turn()).step).toBe('soak')
    await at.later(DAY_MS)
    await sweep(at.house)
    expect(await turn()).toMatchObject({ step: 'review', side: 'operator' })
  })

  it('two people without a tie approve on the standing that they saw, with reasons, and then the badge is there', async () => {
    expect(await at.decides('zoe', 'approve')).toBe('applications.involved')
    expect(await at.decides('mia', 'approve')).toBe('enrolment.forbidden')
    expect(await at.decides('viv', 'approve')).toBe('enrolment.forbidden')
    expect(await at.decides('ann', 'approve', { words: '  ' })).toBe('applications.no_words')
    expect(await at.does('cat', 'recuse', { conflict: 'weather' })).toBe('applications.no_such_conflict')
    // Who approves and then stands back is not counted: two others have to.
    expect(await at.decides('cat', 'approve')).toBe('review')
    expect(await at.does('cat', 'recuse', { conflict: 'money' })).toBe('review')
    expect((await at.read('mia'))['approvals']).toEqual([])
    expect(await at.decides('cat', 'approve')).toBe('applications.recused')
    const direct = await at.call('ann', 'POST', `/api/v1/apps/${APP}/badges/harbour/gold/agree`, { standing_hash: await at.hash() })
    expect(direct['code']).toBe('badges.by_application')
    const both = { standing_hash: await at.hash(), words: 'Sound.', seen: await at.version() }
    const answers = await Promise.all(['ann', 'bob'].map((who) => at.does(who, 'approve', both)))
    // Of two who decide at once, one is told what the other did.
    expect(answers).toContain('review')
    expect(answers.filter((answer) => answer !== 'review')).toEqual([expect.stringMatching(/^(applications.thread_moved|log.conflict)$/)])
    const second = answers[0] === 'review' ? 'bob' : 'ann'
    expect(await at.decides(second === 'ann' ? 'bob' : 'ann', 'approve')).toBe('badges.agreed_already')
    expect(await at.decides(second, 'approve')).toBe('granted')
    expect((await at.call('mia', 'GET', `/api/v1/apps/${APP}/badges/harbour/gold`))['state']).toBe('active')
    expect(await turn()).toBeNull()
    expect(await at.does('mia', 'apply', { standing_hash: await at.hash() })).toBe('applications.held')
  })

  it('how long each side had each step is a sum over the log, and for everybody without a name', async () => {
    const idle = (await at.read('mia'))['idle'] as { step: string; side: string; ms: number }[]
    expect(idle.map(({ step, side, ms }) => [step, side, ms / DAY_MS])).toEqual([
      ['triage', 'operator', 1],
      ['changes', 'partner', 2],
      ['verification', 'operator', 0],
      ['soak', 'nobody', 1],
      ['review', 'operator', 0],
    ])
    const turns = await at.call(null, 'GET', '/api/v1/programmes/harbour/turns')
    expect(turns).toMatchObject({ granted: 1, declined: 0 })
    const triage = (turns['steps'] as { step: string; done: number; longest_ms: number; open: number }[]).find(
      ({ step }) => step === 'triage',
    )
    expect(triage).toMatchObject({ done: 2, longest_ms: DAY_MS, open: 0 })
    expect(turns.body).not.toContain(APP)
  })
})
