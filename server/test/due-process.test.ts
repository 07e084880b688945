import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actOnAppeal, lodgeAppeal, restoreByAppeal } from '../src/appeals/acting.ts'
import { readAppeals } from '../src/appeals/reading.ts'
import { actOnBadge } from '../src/badges/acting.ts'
import { actOnConcern } from '../src/concerns/acting.ts'
import { addToConcern, followConcern, raiseConcern, takeBackWords, type Raised } from '../src/concerns/raising.ts'
import { readConcern, readConcerns } from '../src/concerns/reading.ts'
import type { House } from '../src/house.ts'
import { sweep } from '../src/sweeping.ts'
import { DAY_MS } from '../src/kernel/time.ts'
import { APP, openDueProcess, OTHER, refusalOf } from './due-process.ts'
import { ENGINES } from './storage.ts'

/** Concerns and appeals on real views and reactors, on either engine. */

describe.each(ENGINES)('a concern, on $engine', ({ open }) => {
  let of: Awaited<ReturnType<typeof openDueProcess>>
  let house: House
  let raised: Raised
  const SECRET = 'I work there and my chief Mr. Example told me to keep quiet.'
  beforeAll(async () => {
    of = await openDueProcess(open)
    house = of.house
  })
  afterAll(() => of.close())
  const who = (name: string) => of.who(name)
  const on = () => ({ app: APP, concern: raised.concern })
  const secretOf = () => raised.follow_up?.secret ?? ''

  it('is raised by somebody who is not signed in, who is told once by what to follow it', async () => {
    raised = await raiseConcern(house, who('nobody'), APP, { programme: null, requirement: 'tab', words: SECRET })
    expect(raised.follow_up?.until).toBe('2027-03-02T10:00:00.000Z')
    expect(await followConcern(house, secretOf())).toMatchObject({
      document: { word: 'received', turn: { step: 'triage', side: 'operator', due_at: '2026-03-07T10:00:00.000Z' } },
      own: [{ words: SECRET }],
      may_add: true,
    })
    expect(await refusalOf(followConcern(house, `${secretOf()}x`))).toBe('concerns.no_such_follow_up')
  })

  it('leaves nothing of who raised it or of their words in the log, and the secret nowhere at all', async () => {
    const { events, rows } = await of.machine(async (unit) => ({
      events: await unit.log.after(0, 1_000),
      rows: await unit.sql.selectFrom('concern_follow_up').selectAll().execute(),
    }))
    const told = JSON.stringify(events.filter(({ type }) => type.startsWith('concerns.')))
    expect(told).toContain('"raised_by":"somebody"')
    expect(told).toContain('"name":"concerns-intake"')
    expect(told).not.toMatch(/Example|quiet/)
    expect(JSON.stringify([events, rows])).not.toContain(secretOf())
  })

  it('is not there for the partner before it was accepted, by rights and by row security', async () => {
    expect(await readConcerns(house, who('mia'), APP)).toEqual([])
    expect(await refusalOf(readConcern(house, who('mia'), on()))).toBe('concerns.no_such_concern')
    expect(await refusalOf(actOnConcern(house, who('mia'), on(), { act: 'answer', words: 'No.' }, null))).toBe('concerns.no_such_concern')
    const seen = await house.act(who('mia'), 'read-app', { organisation: partnerOf('mia') }, async (desk) => ({
      events: (await desk.log.stream(`concern/${APP}/${raised.concern}`)).length,
      documents: (await desk.documents.list('concerns.concerns')).length,
    }))
    expect(seen).toEqual({ events: 0, documents: 0 })
  })
  const partnerOf = (name: string): string => {
    const acting = who(name)
    return acting.kind === 'person' ? (acting.memberships[0]?.organisation ?? '') : ''
  }

  it('takes more words and no flood: so many a day about one app, in all, and on one concern', async () => {
    await addToConcern(house, secretOf(), 'Look at the third page.')
    await addToConcern(house, secretOf(), 'And the fourth.')
    expect(await refusalOf(addToConcern(house, secretOf(), 'And the fifth.'))).toBe('concerns.too_many')
    const again = (app: string) => raiseConcern(house, who('nobody'), app, { programme: null, requirement: null, words: 'Buy.' })
    for (let one = 0; one < 2; one++) await again(APP)
    expect(await refusalOf(again(APP))).toBe('concerns.flooded')
    await again(OTHER)
    expect(await refusalOf(again(OTHER))).toBe('concerns.flooded')
    // The operator's own people are known, and no flood.
    expect((await raiseConcern(house, who('bob'), APP, { programme: null, requirement: null, words: 'Seen by us.' })).follow_up).toBeNull()
    of.clock.advance(DAY_MS + 1)
    await again(APP)
  })

  it('refuses what is no word, no requirement and no app', async () => {
    const raise = (app: string, requirement: string | null, words: string) =>
      refusalOf(raiseConcern(house, who('nobody'), app, { programme: null, requirement, words }))
    expect(await raise(APP, null, ' \u0000\u0007 ')).toBe('applications.no_words')
    expect(await raise(APP, null, 'x'.repeat(20_001))).toBe('applications.too_long')
    expect(await raise(APP, 'constructor', 'Words.')).toBe('concerns.no_such_requirement')
    expect(await raise('nothing', null, 'Words.')).toBe('directory.no_such_app')
  })

  it('tells that the operator is late, once, and to nobody of the partner', async () => {
    await of.goTo('2026-03-08T10:00:00Z')
    await sweep(house)
    const events = await of.machine((unit) => unit.log.stream(`concern/${APP}/${raised.concern}`))
    expect(events.filter(({ type }) => type === 'concerns.reminded').map(({ subject }) => subject)).toEqual([null])
  })

  it('put aside, says why to whoever raised it, by a reason of the pack', async () => {
    const other = await raiseConcern(house, who('nobody'), APP, { programme: null, requirement: null, words: 'I do not like the colour.' })
    const one = { app: APP, concern: other.concern }
    expect(await refusalOf(actOnConcern(house, who('ann'), one, { act: 'dismiss', code: 'toString', words: 'No.' }, null))).toBe(
      'concerns.no_such_reason',
    )
    expect(await refusalOf(actOnConcern(house, who('ann'), one, { act: 'dismiss', code: 'not-a-rule', words: ' ' }, null))).toBe(
      'applications.no_words',
    )
    await actOnConcern(house, who('ann'), one, { act: 'dismiss', code: 'not-a-rule', words: 'Colours are free.' }, null)
    expect(await followConcern(house, other.follow_up?.secret ?? '')).toMatchObject({
      document: { word: 'dismissed' },
      dismissed: { says: 'Nothing that is asked for', words: 'Colours are free.' },
      may_add: false,
    })
    expect(await readConcerns(house, who('mia'), APP)).toEqual([])
  })

  it('accepted, is heard by the partner in the operator’s words only; another partner sees nothing', async () => {
    await actOnConcern(house, who('ann'), on(), { act: 'accept', requirements: ['tab'], words: 'Is the tab still right?' }, null)
    const read = await readConcern(house, who('mia'), on())
    expect(JSON.stringify(read)).toContain('Is the tab still right?')
    expect(JSON.stringify(read)).not.toMatch(/Example|quiet|third page/)
    expect(read.entries.map(({ what }) => what)).toEqual(['concerns.accepted'])
    expect(await refusalOf(readConcern(house, who('oz'), on()))).toBe('enrolment.forbidden')
    expect(await refusalOf(actOnConcern(house, who('oz'), on(), { act: 'answer', words: 'No.' }, null))).toBe('enrolment.forbidden')
    const rows = await house.act(who('oz'), 'read-app', { organisation: partnerOf('oz') }, (desk) =>
      desk.documents.list('concerns.concerns'),
    )
    expect(rows).toEqual([])
  })

  const decide = (name: string, outcome: 'upheld' | 'not_upheld', seen: number | null = null) =>
    actOnConcern(
      house,
      who(name),
      on(),
      {
        act: 'decide',
        outcome,
        requirements: outcome === 'upheld' ? ['tab'] : [],
        words: 'The tab names the old host.',
        public_words: 'The tab was not up to date.',
      },
      seen,
    )

  it('is decided without an answer when the partner’s time is over, and never by who sorted it or has a tie', async () => {
    expect(await refusalOf(decide('bob', 'upheld'))).toBe('concerns.wrong_state')
    await of.goTo('2026-03-23T10:00:00Z')
    expect((await readConcern(house, who('ann'), on())).document).toMatchObject({ word: 'deciding', answered: false })
    expect(await refusalOf(decide('ann', 'upheld'))).toBe('concerns.took_part')
    expect(await refusalOf(decide('mia', 'not_upheld'))).toBe('enrolment.forbidden')
    await actOnConcern(house, who('cal'), on(), { act: 'recuse', conflict: 'money' }, null)
    expect(await refusalOf(decide('cal', 'upheld'))).toBe('concerns.recused')
    await actOnConcern(house, who('mia'), on(), { act: 'answer', words: 'Late, but here: it is right.' }, null)
  })

  it('decided by two at once, is decided once, and the other is told', async () => {
    const { version } = (await readConcern(house, who('bob'), on())).document
    const both = await Promise.all([refusalOf(decide('bob', 'upheld', version)), refusalOf(decide('bob', 'not_upheld', version))])
    expect(both.filter((one) => one === null)).toHaveLength(1)
    expect(both.filter((one) => one !== null)[0]).toMatch(/^(concerns\.moved|log\.conflict)$/)
    // Which of the two came first is chance; from here on the concern has to be upheld.
    if ((await readConcern(house, who('bob'), on())).document.word === 'upheld') return
    const another = await raiseConcern(house, who('nobody'), APP, { programme: null, requirement: 'tab', words: SECRET })
    raised = another
    await actOnConcern(house, who('ann'), on(), { act: 'accept', requirements: ['tab'], words: 'Is the tab still right?' }, null)
    await actOnConcern(house, who('mia'), on(), { act: 'answer', words: 'It is.' }, null)
    await decide('bob', 'upheld')
  })

  it('upheld, leaves the requirement unmet and the badge at risk for the days of the ladder, whatever the scan says', async () => {
    expect(await of.verdictOf('tab')).toEqual(['unmet', null])
    expect(await of.badge()).toEqual(['at_risk', '2026-04-20'])
    await of.scan()
    expect(await of.verdictOf('tab')).toEqual(['unmet', null])
    expect(await of.badge(OTHER)).toEqual(['active', null])
  })

  it('said to be put right, waits for the operator at nobody’s cost; refused, goes on; confirmed, is over', async () => {
    await of.goTo('2026-04-02T10:00:00Z')
    await actOnConcern(house, who('mia'), on(), { act: 'claim_remedy', words: 'The tab is new.' }, null)
    expect(await of.verdictOf('tab')).toEqual(['unknown', 'ours'])
    expect(await of.badge()).toEqual(['at_risk', null])
    await of.goTo('2026-04-07T10:00:00Z')
    await actOnConcern(house, who('bob'), on(), { act: 'refuse_remedy', words: 'Page two is old.' }, null)
    // Five days with the operator are five days more.
    expect(await of.badge()).toEqual(['at_risk', '2026-04-25'])
    await actOnConcern(house, who('mia'), on(), { act: 'claim_remedy', words: 'Page two as well.' }, null)
    await actOnConcern(house, who('cal'), on(), { act: 'confirm_remedy', words: 'Seen.' }, null).then(
      () => expect.unreachable('who stood back decides nothing'),
      (error: unknown) => expect(error).toMatchObject({ code: 'concerns.recused' }),
    )
    await actOnConcern(house, who('bob'), on(), { act: 'confirm_remedy', words: 'Seen.' }, null)
    expect([await of.verdictOf('tab'), await of.badge()]).toEqual([
      ['met', null],
      ['active', null],
    ])
  })

  it('has its own words erased by whoever wrote them, and the log still verifies', async () => {
    await takeBackWords(house, secretOf())
    const { own } = await followConcern(house, secretOf())
    expect(own.map(({ words }) => words)).toEqual(own.map(() => null))
    const read = await readConcern(house, who('ann'), on())
    expect(read.entries.find(({ what }) => what === 'concerns.received')?.words).toBeNull()
    expect(read.entries.find(({ what }) => what === 'concerns.accepted')?.words).toBe('Is the tab still right?')
  })
})

describe.each(ENGINES)('an appeal, on $engine', ({ open }) => {
  let of: Awaited<ReturnType<typeof openDueProcess>>
  let house: House
  let concern: string
  beforeAll(async () => {
    of = await openDueProcess(open)
    house = of.house
    concern = await upheld()
  })
  afterAll(() => of.close())
  const who = (name: string) => of.who(name)
  /** A concern that ann sorted and bob upheld. */
  const upheld = async (): Promise<string> => {
    const raised = await raiseConcern(house, who('nobody'), APP, { programme: null, requirement: 'tab', words: 'Old.' })
    const one = { app: APP, concern: raised.concern }
    await actOnConcern(house, who('ann'), one, { act: 'accept', requirements: ['tab'], words: 'Is it old?' }, null)
    await actOnConcern(house, who('mia'), one, { act: 'answer', words: 'No.' }, null)
    const words = { words: 'It is.', public_words: 'It was old.' }
    await actOnConcern(house, who('bob'), one, { act: 'decide', outcome: 'upheld', requirements: ['tab'], ...words }, null)
    return raised.concern
  }
  const decisionOf = async (kind: string) => {
    const found = (await readAppeals(house, who('mia'), APP)).appealable.find((one) => one.kind === kind)
    return found?.decision ?? ''
  }
  const decide = (name: string, appeal: string, outcome: 'upheld' | 'rejected' | 'sent_back') =>
    actOnAppeal(house, who(name), { app: APP, appeal }, { act: 'decide', outcome, words: 'Why.', public_words: 'For all.' }, null)

  it('is lodged by the partner against a decision about its own app, in time, and once', async () => {
    const decision = await decisionOf('concern_upheld')
    expect(decision).toMatch(/^sha256:/)
    const lodge = (name: string, app = APP, named = decision) =>
      lodgeAppeal(house, who(name), app, { decision: named, words: 'Look again.' })
    expect(await refusalOf(lodge('oz', OTHER))).toBe('appeals.no_such_decision')
    expect(await refusalOf(lodge('oz'))).toBe('enrolment.forbidden')
    expect(await refusalOf(lodge('mia', APP, 'sha256:nothing'))).toBe('appeals.no_such_decision')
    const both = await Promise.all([refusalOf(lodge('mia')), refusalOf(lodge('mia'))])
    expect(both.filter((one) => one === null)).toHaveLength(1)
    expect(await refusalOf(lodge('mia'))).toBe('appeals.appealed')
    expect(await decisionOf('concern_upheld')).toBe('')
  })

  it('is decided by somebody who neither sorted nor decided what is appealed, and sets an upheld concern aside in the same moment', async () => {
    const [{ appeal } = { appeal: '' }] = (await readAppeals(house, who('mia'), APP)).appeals
    for (const name of ['ann', 'bob']) expect(await refusalOf(decide(name, appeal, 'upheld'))).toBe('appeals.took_part')
    expect(await refusalOf(decide('mia', appeal, 'upheld'))).toBe('enrolment.forbidden')
    expect(await of.badge()).toEqual(['at_risk', '2026-03-30'])
    await decide('cal', appeal, 'upheld')
    expect([await of.verdictOf('tab'), await of.badge()]).toEqual([
      ['met', null],
      ['active', null],
    ])
    expect((await readConcern(house, who('mia'), { app: APP, concern })).document.word).toBe('set_aside')
    expect(await refusalOf(decide('cal', appeal, 'rejected'))).toBe('appeals.wrong_state')
  })

  it('sent back, has a concern decided anew by who has not decided before', async () => {
    concern = await upheld()
    const appeal = await lodgeAppeal(house, who('mia'), APP, { decision: await decisionOf('concern_upheld'), words: 'Again.' })
    await decide('cal', appeal, 'sent_back')
    expect([await of.verdictOf('tab'), (await readConcern(house, who('ann'), { app: APP, concern })).document.word]).toEqual([
      ['met', null],
      'deciding',
    ])
    const anew = (name: string) =>
      actOnConcern(
        house,
        who(name),
        { app: APP, concern },
        { act: 'decide', outcome: 'not_upheld', requirements: [], words: 'No.', public_words: 'It was not so.' },
        null,
      )
    expect(await refusalOf(anew('bob'))).toBe('concerns.took_part')
    await anew('cal')
  })

  it('gives a suspended badge back without a new review when the operator erred, with what it was valid for', async () => {
    await actOnBadge(house, who('ann'), { app: APP, programme: 'harbour', tier: 'gold' }, 'suspend', { reason: 'A mistake.' })
    await of.goTo('2026-03-12T10:00:00Z')
    const appeal = await lodgeAppeal(house, who('mia'), APP, { decision: await decisionOf('badge_suspended'), words: 'Nothing is wrong.' })
    const restore = async (name: string) =>
      restoreByAppeal(house, who(name), { app: APP, appeal }, { programme: 'harbour', tier: 'gold' }, (await of.standing())?.hash ?? '')
    expect(await refusalOf(restore('cal'))).toBe('appeals.not_upheld')
    expect(await refusalOf(decide('ann', appeal, 'upheld'))).toBe('appeals.took_part')
    await decide('bob', appeal, 'upheld')
    expect(await of.badge()).toEqual(['suspended', null])
    expect(await refusalOf(restore('mia'))).toBe('enrolment.forbidden')
    // Two people stand behind giving a badge back: the one who upheld the appeal, and another one.
    expect(await refusalOf(restore('bob'))).toBe('badges.agreed_already')
    const { valid_until } = await restore('cal')
    expect(valid_until).toBe('2027-03-12T10:00:00.000Z')
    expect(await of.badge()).toEqual(['active', null])
    expect(await refusalOf(restore('cal'))).toBe('badges.wrong_state')
  })

  it('gives a revoked badge back too, on a standing that is met, and no other badge', async () => {
    await actOnBadge(house, who('ann'), { app: APP, programme: 'harbour', tier: 'gold' }, 'revoke', { reason: 'A mistake.' })
    const appeal = await lodgeAppeal(house, who('mia'), APP, { decision: await decisionOf('badge_revoked'), words: 'Nothing is wrong.' })
    await decide('cal', appeal, 'upheld')
    await of.scan({ tab: 'fail' })
    const restore = async (tier: string) =>
      refusalOf(restoreByAppeal(house, who('bob'), { app: APP, appeal }, { programme: 'harbour', tier }, (await of.standing())?.hash ?? ''))
    expect(await restore('gold')).toBe('badges.not_met')
    await of.scan()
    expect(await restore('silver')).toBe('badges.wrong_state')
    expect(await restore('gold')).toBeNull()
    expect(await of.badge()).toEqual(['active', null])
  })

  it('comes too late when its time is over, and the operator’s own lateness is told', async () => {
    concern = await upheld()
    const decision = await decisionOf('concern_upheld')
    const other = await actOnBadge(house, who('ann'), { app: OTHER, programme: 'harbour', tier: 'gold' }, 'suspend', { reason: 'So.' })
    expect(other.word).toBe('suspended')
    const on_other = (await readAppeals(house, who('oz'), OTHER)).appealable[0]?.decision ?? ''
    const appeal = await lodgeAppeal(house, who('oz'), OTHER, { decision: on_other, words: 'No.' })
    await of.goTo('2026-04-15T10:00:00Z')
    expect(await refusalOf(lodgeAppeal(house, who('mia'), APP, { decision, words: 'Late.' }))).toBe('appeals.too_late')
    const events = await of.machine((unit) => unit.log.stream(`appeal/${OTHER}/${appeal}`))
    expect(events.map(({ type }) => type)).toEqual(['appeals.lodged', 'appeals.reminded'])
  })
})

describe('an operator of one person', () => {
  it('may decide on what they sorted themselves where the pack allows it, and it is said', async () => {
    const [engine] = ENGINES
    if (engine === undefined) throw new Error('no engine to test on')
    const of = await openDueProcess(engine.open, { alone: 'allowed' })
    try {
      const { house, who } = of
      const raised = await raiseConcern(house, who('nobody'), APP, { programme: null, requirement: 'tab', words: 'Old.' })
      const one = { app: APP, concern: raised.concern }
      await actOnConcern(house, who('ann'), one, { act: 'accept', requirements: ['tab'], words: 'Is it old?' }, null)
      await actOnConcern(house, who('mia'), one, { act: 'answer', words: 'No.' }, null)
      const doing = { act: 'decide', outcome: 'upheld', requirements: ['tab'], words: 'It is.', public_words: 'It was old.' } as const
      // Bob and cal could: ann may not.
      expect(await refusalOf(actOnConcern(house, who('ann'), one, doing, null))).toBe('concerns.took_part')
      for (const name of ['bob', 'cal']) await actOnConcern(house, who(name), one, { act: 'recuse', conflict: 'money' }, null)
      await actOnConcern(house, who('ann'), one, doing, null)
      expect((await readConcern(house, who('mia'), one)).document).toMatchObject({ word: 'upheld', alone: true })
    } finally {
      await of.close()
    }
  })
})
