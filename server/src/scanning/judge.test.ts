import { describe, expect, it } from 'vitest'
import { sha256 } from '../platform/crypto.ts'
import { says } from '../kernel/says.ts'
import { collected, connect, descriptor, findingsOf, front, exchange, HOST, html, pages } from '../../test/scans.ts'
import { defineCheck, type Check, type Finding } from './check.ts'
import { CHECKS } from './checks/index.ts'
import { confirmed, judgeArtifacts } from './judge.ts'
import { MESSAGES } from './messages.ts'
import { severityOf } from './severity.ts'

const check = (judge: Check['judge'], more: Partial<Check> = {}): Check =>
  defineCheck({
    id: 'a-claim',
    title: { pass: 'kept', fail: 'broken' },
    fix: 'Mend it.',
    needs: ['descriptor'],
    risk: 'passive',
    cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N',
    messages: {},
    judge,
    ...more,
  })
const finding = (outcome: Finding['outcome'], more: Partial<Finding> = {}): Finding => ({
  outcome,
  says: says('scanning.flaky', { where: 'here' }),
  where: `${HOST}/page`,
  defect: 'broken',
  proof: {},
  ...more,
})
const app = { descriptor: descriptor(connect()) }
const judged = (one: Check, artifacts = collected(app)) => {
  const [answer] = judgeArtifacts('com.example.app', artifacts, [one], sha256)
  if (answer === undefined) throw new Error('nothing was judged')
  return answer
}

describe('the runner', () => {
  it('answers for a check whose artifact is missing, with the reason and whose doing it is', () => {
    const one = check(() => [finding('pass')], { needs: ['descriptor', 'pages'] })
    const withheld = { ...collected(app), pages: { kind: 'unseen', reason: 'no_consent', blind: 'theirs', detail: 'not proven' } } as const
    expect(judged(one, withheld)).toMatchObject({ outcome: 'inconclusive', reason: 'no_consent', blind: 'theirs' })
    expect(judged(one)).toMatchObject({ outcome: 'inconclusive', reason: 'not_asked', blind: 'ours' })
  })

  it('answers for a check that throws: our fault, inconclusive', () => {
    const one = check(() => {
      throw new TypeError('oops')
    })
    expect(judged(one)).toMatchObject({ outcome: 'inconclusive', reason: 'error', blind: 'ours' })
  })

  it('never takes nothing for a pass', () => expect(judged(check(() => []))).toMatchObject({ outcome: 'inconclusive', reason: 'error' }))

  it.each<[readonly Finding['outcome'][], Finding['outcome']]>([
    [['pass', 'fail', 'inconclusive'], 'fail'],
    [['pass', 'inconclusive', 'review'], 'inconclusive'],
    [['pass', 'review'], 'review'],
    [['not_applicable', 'pass'], 'pass'],
    [['not_applicable', 'not_applicable'], 'not_applicable'],
  ])('sums %j up as %s', (outcomes, outcome) => {
    expect(judged(check(() => outcomes.map((one) => finding(one, one === 'pass' ? {} : { reason: 'because' })))).outcome).toBe(outcome)
  })

  it('blames the app where one silence is its own and another ours', () => {
    const one = check(() => [
      finding('inconclusive', { reason: 'dns', blind: 'ours' }),
      finding('inconclusive', { reason: 'connect', blind: 'theirs' }),
    ])
    expect(judged(one)).toMatchObject({ reason: 'connect', blind: 'theirs' })
  })
})

describe('a finding’s id', () => {
  const id = (more: Partial<Finding>, of: Partial<Check> = {}, key = 'com.example.app') =>
    judgeArtifacts(key, collected(app), [check(() => [finding('fail', more)], of)], sha256)[0]?.findings[0]?.id

  it('is the same whatever was said, shown and asked with', () => {
    expect(id({ says: says('scanning.error', { detail: 'x' }), proof: { status: 500 }, where: `${HOST}/page?jwt=abc#x` })).toBe(id({}))
    expect(id({ where: 'HTTPS://APP.EXAMPLE/page' })).toBe(id({}))
  })

  it('is another for another app, check, place or defect', () => {
    const all = [
      id({}),
      id({ where: `${HOST}/other` }),
      id({ defect: 'worse' }),
      id({}, { id: 'another-claim' }),
      id({}, {}, 'com.example.b'),
    ]
    expect(new Set(all).size).toBe(5)
  })
})

describe('a second look', () => {
  const sees = (outcome: Finding['outcome'], more: Partial<Finding> = {}) =>
    check(() => [finding(outcome, more), finding('pass', { where: '/b' })])
  const looks = (second: Check) => confirmed([judged(sees('fail'))], [judged(second)], [sees('fail')])[0]

  it('confirms a failure that is seen again', () => expect(looks(sees('fail'))).toMatchObject({ outcome: 'fail' }))

  it('makes a failure that is gone flaky, without a score', () => {
    const answer = looks(sees('pass'))
    expect(answer).toMatchObject({ outcome: 'inconclusive', reason: 'flaky', blind: 'theirs' })
    expect(answer?.findings.map(({ outcome, cvss }) => [outcome, cvss])).toEqual([
      ['inconclusive', null],
      ['pass', null],
    ])
  })

  it('does not confirm a failure by another one elsewhere', () => {
    expect(looks(sees('fail', { where: `${HOST}/elsewhere` }))).toMatchObject({ outcome: 'inconclusive', reason: 'flaky' })
  })
})

describe('all checks', () => {
  it('have an id each, their folder’s name, and sentences for both ends', () => {
    expect(new Set(CHECKS.map((one) => one.id)).size).toBe(CHECKS.length)
    for (const one of CHECKS) for (const text of [one.title.pass, one.title.fail, one.fix]) expect(text.length).toBeGreaterThan(10)
  })

  it('have sound vectors, whose scores are computed', () => {
    for (const one of CHECKS) if (one.cvss !== null) expect(severityOf(one.cvss).score).toBeGreaterThan(0)
  })

  it('do not write each other’s sentences', () => {
    const codes = CHECKS.flatMap((one) => Object.keys(one.messages))
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(MESSAGES[code]).toBeDefined()
  })

  it('score the published figures of the model programme’s table', () => {
    const score = (vector: string) => severityOf(vector).score
    expect(score('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N')).toBe(5.3)
    expect(score('CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H')).toBe(8.8)
    expect(score('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:H/A:L')).toBe(8.6)
    expect(score('CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N')).toBe(7.4)
    expect(score('CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N')).toBe(6.8)
    expect(score('CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N')).toBe(8.1)
  })

  it.each(['', 'CVSS:3.1/AV:N', 'CVSS:2.0/AV:N/AC:L/Au:N/C:P/I:N/A:N', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N/E:P'])(
    'refuse a vector that is none: "%s"',
    (vector) => expect(() => severityOf(vector)).toThrow(/not a CVSS/),
  )

  it('give the same answer to the same artifacts, ten times', () => {
    const artifacts = collected({
      ...app,
      front: front([exchange({ url: `${HOST}/` })]),
      pages: pages([html(), html({ 'set-cookie': 'sid=1' }, undefined, '/b')]),
    })
    const runs = Array.from({ length: 10 }, () => JSON.stringify(judgeArtifacts('a', artifacts, CHECKS, sha256)))
    expect(new Set(runs).size).toBe(1)
  })

  it('name a page once for each defect', () => {
    const hsts = CHECKS.find((one) => one.id === 'hsts-enabled')
    if (hsts === undefined) throw new Error('there is such a check')
    const found = findingsOf(hsts, { ...app, front: front([exchange({ url: `${HOST}/` })]) })
    expect(found[0]).toMatchObject({ outcome: 'fail', where: `${HOST}/`, cvss: { score: 6.8 } })
  })
})
