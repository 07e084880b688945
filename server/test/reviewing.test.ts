import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Acting } from '../src/enrolment/authorise.ts'
import type { House } from '../src/house.ts'
import type { JsonObject } from '../src/kernel/json.ts'
import { isRefused } from '../src/kernel/refused.ts'
import { HOUR_MS } from '../src/kernel/time.ts'
import { declareChanges, judgeDelta, planReviews, readReviews } from '../src/publishing/reviewing.ts'
import { APP, openReviewed } from './reviewed.ts'
import { ENGINES } from './storage.ts'

/** A year and more of a badge, with the real views and reactors, on either engine. */

const NO: JsonObject = { any_change: false }

describe.each(ENGINES)('annual reviews, on $engine', ({ open }) => {
  let reviewed: Awaited<ReturnType<typeof openReviewed>>
  let house: House
  beforeAll(async () => {
    reviewed = await openReviewed(open)
    house = reviewed.house
  })
  afterAll(() => reviewed.close())
  const who = (name: string) => reviewed.who(name)
  const annual = () => reviewed.annual()
  const badge = () => reviewed.badge()
  const verdictOf = (requirement: string) => reviewed.verdictOf(requirement)
  const goTo = (moment: string) => reviewed.goTo(moment)
  const read = (base_urls: readonly string[]) => reviewed.read(base_urls)
  const scan = (tab: 'pass' | 'fail') => reviewed.scan(tab)
  const refusalOf = async (work: Promise<unknown>): Promise<string | null> =>
    work.then(
      () => null,
      (error: unknown) => {
        if (isRefused(error)) return error.code
        throw error
      },
    )

  it('are planned with the first approval, for its month in the next year, and ask nothing of anybody till then', async () => {
    expect(await annual()).toEqual(['planned', 2026, null])
    await goTo('2026-03-10T12:00:00Z')
    expect(await annual()).toEqual(['planned', 2026, null])
    expect(await badge()).toEqual(['active', null])
  })

  it('are announced two weeks ahead, once', async () => {
    await goTo('2026-03-11T12:00:00Z')
    expect(await annual()).toEqual(['announced', 2026, 'partner'])
    await goTo('2026-03-20T12:00:00Z')
    const { document } = await readReviews(house, who('mia'), APP)
    expect(document?.history.filter(({ what }) => what === 'reviews.annual_review_announced')).toMatchObject([
      { at: '2026-03-11T12:00:00.000Z' },
    ])
  })

  it('left unanswered, put the badge at risk at the end of their week, for four weeks to the day', async () => {
    await goTo('2026-03-31T12:00:00Z')
    expect([await verdictOf('reviewed'), await badge()]).toEqual(['met', ['active', null]])
    await goTo('2026-04-01T00:00:00Z')
    expect([await verdictOf('reviewed'), await badge()]).toEqual(['unmet', ['at_risk', '2026-04-29']])
  })

  it('are closed by a NO when nothing else is open, in one act, and the badge is safe again', async () => {
    expect(await declareChanges(house, who('mia'), APP, NO)).toEqual({ asked_about: [], delta: [] })
    expect(await verdictOf('reviewed')).toBe('met')
    expect(await badge()).toEqual(['active', null])
    await planReviews(house)
    expect(await annual()).toEqual(['planned', 2027, null])
  })

  it('ask once more where a NO leaves out what was seen, and then look at exactly what that touches', async () => {
    await goTo('2027-03-26T12:00:00Z')
    await read(['https://two.example'])
    expect((await readReviews(house, who('mia'), APP)).kinds_seen).toEqual(['hosting'])
    expect(await declareChanges(house, who('mia'), APP, NO)).toEqual({ asked_about: ['hosting'], delta: [] })
    expect(await annual()).toEqual(['announced', 2027, 'partner'])
    expect(await declareChanges(house, who('mia'), APP, NO)).toEqual({ asked_about: [], delta: ['tab', 'moved'] })
    expect(await annual()).toEqual(['announced', 2027, 'operator'])
    const { document } = await readReviews(house, who('ann'), APP)
    expect(document?.history.map(({ what }) => what)).toContain('reviews.contradiction_found')
  })

  it('cost the partner nothing while they wait for the operator, past the end of their week', async () => {
    await goTo('2027-04-05T12:00:00Z')
    expect([await annual(), await verdictOf('reviewed')]).toEqual([['announced', 2027, 'operator'], 'met'])
  })

  it('with something found wanting, wait for the partner under a clock; put right and looked at again, they are closed', async () => {
    const judge = (name: string, of: { requirement: string; outcome: 'passed' | 'failed'; reason: string }) =>
      judgeDelta(house, who(name), APP, { delta: '1', ...of })
    expect(await refusalOf(judge('mia', { requirement: 'tab', outcome: 'passed', reason: '' }))).toBe('enrolment.forbidden')
    expect(await refusalOf(judge('ann', { requirement: 'tab', outcome: 'failed', reason: ' ' }))).toBe('reviews.no_reason')
    await judge('ann', { requirement: 'tab', outcome: 'failed', reason: 'The tab still names the old host.' })
    expect([await annual(), await badge()]).toEqual([
      ['announced', 2027, 'partner'],
      ['at_risk', '2027-05-03'],
    ])
    await judge('ann', { requirement: 'tab', outcome: 'passed', reason: '' })
    expect([(await annual())?.[0], await badge()]).toEqual(['announced', ['active', null]])
    await judge('ann', { requirement: 'moved', outcome: 'passed', reason: '' })
    await planReviews(house)
    expect(await annual()).toEqual(['planned', 2028, null])
  })

  it('stay open while one of their checks is not in order, and are closed by the watch when it is', async () => {
    await goTo('2028-03-25T12:00:00Z')
    await scan('fail')
    await declareChanges(house, who('mia'), APP, NO)
    expect((await annual())?.slice(0, 3)).toEqual(['announced', 2028, 'partner'])
    reviewed.clock.advance(HOUR_MS)
    await scan('pass')
    await planReviews(house)
    expect((await annual())?.[0]).toBe('closed')
    // Closed before its week is over, it is not held again in it.
    await goTo('2028-04-02T00:00:00Z')
    expect(await annual()).toEqual(['planned', 2029, null])
  })

  it('see a change declared during the year at once', async () => {
    const YES = { any_change: true, changes: [{ kind: 'stores', what: 'Another database.' }] }
    expect(await declareChanges(house, who('mia'), APP, YES)).toEqual({ asked_about: [], delta: ['tab'] })
  })

  it.each([
    ['no answer', {}],
    ['a kind that the form does not have', { any_change: true, changes: [{ kind: '__proto__', what: 'x' }] }],
    ['YES without a change', { any_change: true }],
    ['a text where a list belongs', { any_change: true, changes: 'all of it' }],
  ])('refuse %s and record nothing', async (_, answers) => {
    const before = (await readReviews(house, who('ann'), APP)).document?.history.length
    expect(await refusalOf(declareChanges(house, who('mia'), APP, answers as JsonObject))).toBe('assessments.bad_answer')
    expect((await readReviews(house, who('ann'), APP)).document?.history.length).toBe(before)
  })

  it('are nobody else’s to answer or to read', async () => {
    const stranger: Acting = {
      kind: 'person',
      person: 'per_x',
      session: 'ses_x',
      memberships: [{ organisation: 'org_x', kind: 'partner', role: 'partner-admin' }],
    }
    expect(await refusalOf(declareChanges(house, stranger, APP, NO))).toBe('enrolment.forbidden')
    expect(await refusalOf(readReviews(house, stranger, APP))).toBe('enrolment.forbidden')
    expect(await refusalOf(declareChanges(house, who('ann'), APP, NO))).toBe('enrolment.forbidden')
  })

  it('end with the badge, and begin anew with a new approval', async () => {
    await reviewed.revoked()
    await planReviews(house)
    expect(await annual()).toBeNull()
    await goTo('2028-06-10T12:00:00Z')
    await reviewed.granted('2031-01-01T00:00:00.000Z')
    await planReviews(house)
    const [one] = (await readReviews(house, who('ann'), APP)).annual
    expect(one?.annual.opens_at.slice(0, 10)).toBe('2029-06-24')
  })
})
