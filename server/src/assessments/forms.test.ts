import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { everyAnswer, MODEL, openFormsMarket, OPENING_MS, type FormsMarket } from '../../test/forms.ts'
import { ENGINES } from '../../test/storage.ts'
import { FACTS } from '../standing/facts-view.ts'
import type { Facts } from '../standing/facts.ts'
import { formInForce } from './answering.ts'

const TAB = 'privacy-and-security'
const QUESTIONS = 'partner-security-questionnaire'
const api = (under: string, form: string): string => `/api/v1/${under}/forms/${form}`
const APP = api('apps/tides', TAB)
const SECOND = api('apps/ebb', TAB)
const ALL = api('partners/org_quay', TAB)

describe.each(ENGINES)('forms of a partner with several apps, on $engine', ({ open }) => {
  let market: FormsMarket
  const tab = () => formInForce([MODEL], market.clock.now(), TAB)
  const facts = (app: string) =>
    market.house.database.within({ marketplace: 'main', party: { kind: 'machine' } }, (unit) => unit.documents.get<Facts>(FACTS, app))

  beforeAll(async () => {
    market = await openFormsMarket(open, '2026-11-24T12:00:00Z')
    await market.register('tides')
    await market.register('ebb')
  }, OPENING_MS)
  afterAll(() => market.close())

  it('what the partner answers for all is inherited with its provenance, and an app answers only what differs', async () => {
    const { call } = market
    const all = everyAnswer(tab())
    expect((await call('PUT', ALL, 'pia', all)).json()).toMatchObject({ complete: 1, missing: [], revision: 1 })
    // Nothing is published for an app that has not published the form itself.
    expect((await call('POST', `${ALL}/publish`, 'pia')).json()).toMatchObject({ complete: 1, apps: [] })

    // The second person needs to type one answer only.
    const differs = { 'security.securityContact': 'tides@quay.example' }
    expect((await call('PUT', APP, 'paul', differs)).json()).toMatchObject({ complete: 1, missing: [] })
    const draft = (await call('GET', APP, 'paul')).json()
    expect(draft.answers).toEqual(differs)
    expect(draft.inherited['security.publicSecurityPoliciesLink']).toBe('https://quay.example/security')
    expect(draft.inherited).not.toHaveProperty('security.securityContact')
    expect((await call('POST', `${APP}/publish`, 'paul')).json()).toMatchObject({ complete: 1 })
    const live = (await call('GET', APP, 'rob')).json()
    expect(live.answers).toMatchObject({ ...differs, 'security.publicSecurityPoliciesLink': 'https://quay.example/security' })
    expect(live.published.origins).toMatchObject({
      'security.securityContact': { from: 'app', since: '2026-11-24T12:00:00.000Z' },
      'security.publicSecurityPoliciesLink': { from: 'partner' },
    })
    expect((await facts('tides'))?.forms[TAB]).toMatchObject({ complete: 1 })
  })

  it('a change for all reaches every app that has published, except where the app says something else itself', async () => {
    const { call } = market
    await call('PUT', SECOND, 'pia', {})
    await call('POST', `${SECOND}/publish`, 'pia')
    market.at('2026-11-25T12:00:00Z')
    const all = everyAnswer(tab(), {
      'security.securityContact': 'new@quay.example',
      'security.permissionsJustification': 'Less than before.',
    })
    await call('PUT', ALL, 'pia', all)
    expect((await call('POST', `${ALL}/publish`, 'pia')).json().apps.toSorted()).toEqual(['ebb', 'tides'])
    expect((await call('GET', SECOND, 'rob')).json().answers['security.securityContact']).toBe('new@quay.example')
    const tides = (await call('GET', APP, 'rob')).json()
    expect(tides.answers['security.securityContact']).toBe('tides@quay.example')
    expect(tides.answers['security.permissionsJustification']).toBe('Less than before.')
    // Since when each answer says what it says: what did not change keeps its day.
    expect(tides.published.origins['security.permissionsJustification'].since).toBe('2026-11-25T12:00:00.000Z')
    expect(tides.published.origins['security.securityContact'].since).toBe('2026-11-24T12:00:00.000Z')
    expect(tides.published.edition).toBe(2)
    // Published once more without a change, it goes nowhere.
    expect((await call('POST', `${ALL}/publish`, 'pia')).json().apps).toEqual([])
  })

  it('an app’s own no takes the partner’s details of a yes away with it', async () => {
    const { call } = market
    const own = { 'privacy.privacyEnhancingTechniques': false, 'thirdPartyInformation.isEndUserDataShared': false }
    await call('PUT', SECOND, 'pia', own)
    await call('POST', `${SECOND}/publish`, 'pia')
    const { answers } = (await call('GET', SECOND, 'rob')).json()
    expect(answers['privacy.privacyEnhancingTechniques']).toBe(false)
    expect(answers).not.toHaveProperty('privacy.privacyEnhancingTechniques.techniques')
    expect(answers).not.toHaveProperty('thirdPartyInformation.thirdPartyDetails')
  })

  it('a form that is asked of the partner holds for each app, also for one that comes later', async () => {
    const { call } = market
    const form = formInForce([MODEL], market.clock.now(), QUESTIONS)
    await call('PUT', api('partners/org_quay', QUESTIONS), 'pia', everyAnswer(form))
    expect((await call('POST', `${api('partners/org_quay', QUESTIONS)}/publish`, 'pia')).json().apps.toSorted()).toEqual(['ebb', 'tides'])
    await market.register('flood')
    for (const app of ['tides', 'flood']) expect((await facts(app))?.forms[QUESTIONS]).toMatchObject({ complete: 1 })
    // The answers are the operator's to read, and the partner reads its own.
    expect((await call('GET', api('apps/flood', QUESTIONS), 'rob')).json().answers['1']).toBe(7)
    expect((await call('GET', api('apps/flood', QUESTIONS), 'eve')).statusCode).toBe(403)
  })

  it('the app questionnaire is scored by itself: the result is the record that the requirement asks for', async () => {
    const { call } = market
    const form = formInForce([MODEL], market.clock.now(), 'app-security-questionnaire')
    const url = api('apps/tides', form.id)
    await call('PUT', url, 'pia', everyAnswer(form, { 8: false }))
    const scored = (await call('GET', url, 'pia')).json().scored
    expect(scored).toContainEqual({ field: '8', result: 'warning', says: expect.stringContaining('Drop what is not used') })
    expect((await call('POST', `${url}/publish`, 'pia')).statusCode).toBe(200)
    expect((await facts('tides'))?.records[form.id]).toMatchObject({ state: 'warned' })
    await call('PUT', url, 'pia', everyAnswer(form, { 14: true }))
    expect((await call('POST', `${url}/publish`, 'pia')).json()).toMatchObject({ code: 'assessments.answer_rejected', where: '14' })
    expect((await facts('tides'))?.records[form.id]).toMatchObject({ state: 'warned' })
    await call('PUT', url, 'pia', everyAnswer(form))
    await call('POST', `${url}/publish`, 'pia')
    expect((await facts('tides'))?.records[form.id]).toMatchObject({ state: expect.stringMatching(/passed|warned/) })
  })

  it('of two who save at once one is told, and nothing is lost', async () => {
    const { call } = market
    const { headers } = await call('GET', APP, 'pia')
    const mine = { 'security.securityContact': 'pia@quay.example' }
    const theirs = { 'security.securityContact': 'paul@quay.example' }
    const both = await Promise.all(
      (
        [
          ['pia', mine],
          ['paul', theirs],
        ] as const
      ).map(([who, answers]) => call('PUT', APP, who, answers, { 'if-match': String(headers['etag']) })),
    )
    expect(both.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409])
    expect(both.find(({ statusCode }) => statusCode === 409)?.json()).toMatchObject({ code: 'assessments.draft_moved' })
    const saved = (await call('GET', APP, 'pia')).json().answers
    expect([mine, theirs]).toContainEqual(saved)

    // On the page: what was typed is still there, beside what the other saved.
    const base = (await call('GET', APP, 'pia')).json().revision - 1
    const typed = new URLSearchParams({ base: String(base), do: 'save', 'a.security.securityContact': 'third@quay.example' }).toString()
    const page = await call('POST', `/apps/tides/forms/${TAB}/edit`, 'pia', typed)
    expect(page.statusCode).toBe(409)
    expect(page.body).toContain('value="third@quay.example"')
    expect(page.body).toContain(saved['security.securityContact'])
    expect((await call('GET', APP, 'pia')).json().answers).toEqual(saved)
    expect((await call('PUT', APP, 'pia', mine, { 'if-match': 'yesterday' })).statusCode).toBe(400)
  })

  it('hostile answers: what fits is kept and shown as text, the rest is refused in words, and the draft before it stays', async () => {
    const { call } = market
    const before = (await call('GET', APP, 'pia')).json().answers
    const refused = async (answers: object | string): Promise<number> => {
      const sent = typeof answers === 'string' ? answers : JSON.stringify(answers)
      return (
        await market.app.inject({ method: 'PUT', url: APP, headers: { 'x-who': 'pia', 'content-type': 'application/json' }, payload: sent })
      ).statusCode
    }
    const WHY = 'security.permissionsJustification'
    const LINK = 'security.publicSecurityPoliciesLink'
    expect(await refused({ [WHY]: 'line\n'.repeat(10_000) })).toBe(400)
    expect(await refused({ 'dataAccessAndStorage.typesOfDataAccessed': Array.from({ length: 10_000 }, () => 'x') })).toBe(400)
    expect(await refused(`{"${WHY}": "\\ud800"}`)).toBe(400)
    expect(await refused(`{"\\ud800": "x"}`)).toBe(400)
    expect(await refused({ [WHY]: 'nul \u0000 inside' })).toBe(400)
    expect(await refused({ 'security.nobodyAsks': 'x' })).toBe(400)
    for (const inside of [
      'https://127.0.0.1/x',
      'http://[::1]/',
      'http://169.254.169.254/latest',
      'http://0x7f000001/',
      'http://wiki/',
      'http://db.internal/',
      'javascript:alert(1)',
      'https://u:p@quay.example/',
    ]) {
      expect([inside, await refused({ [LINK]: inside })]).toEqual([inside, 400])
    }
    expect((await call('GET', APP, 'pia')).json().answers).toEqual(before)

    const nasty = '<img src=x onerror=alert(1)> \u202egnp.exe\u202c zero\u200bwidth'
    expect(await refused({ ...before, [WHY]: nasty })).toBe(200)
    expect((await call('POST', `${APP}/publish`, 'pia')).statusCode).toBe(200)
    const { body } = await call('GET', `/apps/tides/forms/${TAB}`, null)
    expect(body).toContain('&lt;img src=x onerror=alert(1)&gt; gnp.exe zerowidth')
    expect(body).not.toMatch(/[\u202a-\u202e\u200b]|<img/)
  })

  it('the public page says what is not provided, what is moot, and where each answer comes from; drafts never reach it', async () => {
    const { call } = market
    const url = `/apps/ebb/forms/${TAB}`
    await call('PUT', SECOND, 'pia', {
      'thirdPartyInformation.isEndUserDataShared': false,
      'security.securityContact': 'draft-only@quay.example',
    })
    const { body } = await call('GET', url, null)
    expect(body).not.toContain('draft-only@quay.example')
    expect(body).toContain('Inherited from the partner')
    expect(body).toContain('Not asked: only when')
    const json = (await call('GET', `/api/v1/apps/ebb/answers/${TAB}`, null)).json()
    expect(json.origins['thirdPartyInformation.isEndUserDataShared']).toMatchObject({ from: 'app' })
    expect(json.not_provided).toEqual([])
    // An app that never published: every question is there, and none is answered.
    const nothing = (await call('GET', `/apps/flood/forms/${TAB}`, null)).body
    expect(nothing).toContain('Nothing was published yet')
    expect(nothing.match(/Data not provided/g)?.length).toBeGreaterThan(10)
    expect((await call('GET', `/api/v1/apps/flood/answers/${TAB}`, null)).json().not_provided.length).toBeGreaterThan(10)
    // What a form keeps from everybody has no public page, and a working page is nobody else's.
    expect((await call('GET', `/apps/tides/forms/${QUESTIONS}`, null)).statusCode).toBe(404)
    expect((await call('GET', `/apps/tides/forms/${TAB}/edit`, 'eve')).statusCode).toBe(403)
    expect((await call('GET', '/partners/org_quay/forms', 'eve')).statusCode).toBe(403)
    expect((await call('GET', '/apps/tides/forms', 'pia')).statusCode).toBe(200)
    expect((await call('GET', `/apps/tides/forms/${TAB}/review`, 'pia')).statusCode).toBe(403)
  })

  it('answers to a form that is asked no more are refused with the day of its end', async () => {
    const { call } = market
    const answer = await call('PUT', api('apps/tides', 'self-assessment'), 'pia', {})
    expect(answer.statusCode).toBe(409)
    expect(answer.json()).toMatchObject({ code: 'assessments.form_retired', detail: expect.stringContaining('2023-08-22') })
  })
})
