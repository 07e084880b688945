import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { as, everyAnswer, manifest, MODEL, openFormsMarket, OPENING_MS, type FormsMarket, type Name } from '../../test/forms.ts'
import { ENGINES } from '../../test/storage.ts'
import { readDescriptorAgain } from '../directory/registering.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../standing/standings-view.ts'
import { sweep } from '../sweeping.ts'
import { formInForce } from './answering.ts'
import { compareAnswers } from './jobs.ts'

const TAB = 'privacy-and-security'
const PROCESSED = 'dataAccessAndStorage.appProcessEUDOutsideAtlassian'
const APP = '/api/v1/apps/tides'

describe.each(ENGINES)('answers that what was seen contradicts, on $engine', ({ open }) => {
  let market: FormsMarket
  const rules = async (who: Name): Promise<readonly { readonly rule: string; readonly status: string; readonly due_at: string }[]> =>
    (await market.call('GET', `${APP}/contradictions`, who)).json()
  const verdict = () =>
    market.house.database.within({ marketplace: 'main', party: { kind: 'machine' } }, async (unit) => {
      const standing = await unit.documents.get<StandingDocument>(STANDINGS, standingKey('cloud-fortified', 'tides'))
      return standing?.verdicts.find(({ requirement }) => requirement === 'transparency.answers-current')?.verdict
    })
  const told = (code: string) =>
    market.house.database.within(
      { marketplace: 'main', party: { kind: 'machine' } },
      async (unit) => (await unit.log.after(0, 10_000)).filter(({ payload }) => payload['code'] === code).length,
    )
  const publish = async (others: { readonly [place: string]: unknown }): Promise<void> => {
    const form = formInForce([MODEL], market.clock.now(), TAB)
    await market.call('PUT', `${APP}/forms/${TAB}`, 'pia', everyAnswer(form, others))
    expect((await market.call('POST', `${APP}/forms/${TAB}/publish`, 'pia')).statusCode).toBe(200)
  }
  const TRUE = {
    'dataResidency.isDataResidencySupported': 'APP_DOES_NOT_SUPPORT_DR',
    'thirdPartyInformation.isEndUserDataShared': true,
    'thirdPartyInformation.thirdPartyDetails': [{ name: 'Quay', link: 'https://quay.example/', purpose: 'x', thirdPartyCountries: ['DE'] }],
  }

  beforeAll(async () => {
    market = await openFormsMarket(open, '2026-11-24T12:00:00Z')
    await market.register('tides')
  }, OPENING_MS)
  afterAll(() => market.close())

  it('the partner reads it at once and alone, with time of its own', async () => {
    await publish({ ...TRUE, [PROCESSED]: false })
    expect(await rules('pia')).toMatchObject([{ rule: 'processed-elsewhere', status: 'open', due_at: '2026-12-08T12:00:00.000Z' }])
    expect(await rules('rob')).toEqual([])
    expect(await told('assessments.contradiction_found')).toBe(1)
    const page = (await market.call('GET', `/apps/tides/forms/${TAB}/edit`, 'pia')).body
    expect(page).toContain('The descriptor declares addresses that the app sends data to')
    expect((await market.call('GET', `/apps/tides/forms/${TAB}/review`, 'rob')).body).not.toContain('The descriptor declares addresses')
    expect((await market.call('GET', `/apps/tides/forms/${TAB}`, null)).body).not.toContain('The descriptor declares addresses')
    // Published once more as it was, it is the same contradiction with the same end.
    market.at('2026-11-25T12:00:00Z')
    await publish({ ...TRUE, [PROCESSED]: false })
    expect(await rules('pia')).toMatchObject([{ due_at: '2026-12-08T12:00:00.000Z' }])
  })

  it('changing the answer settles it, and what was seen then bears it out in public', async () => {
    await publish({ ...TRUE, [PROCESSED]: true })
    expect(await rules('pia')).toEqual([])
    expect((await market.call('GET', `/apps/tides/forms/${TAB}`, null)).body).toContain('what the operator saw agrees')
  })

  it('a new descriptor speaks against an old answer as well, and one that takes it back settles it', async () => {
    const again = (egress: readonly string[]) =>
      readDescriptorAgain(market.house, as('pia'), 'tides', {
        bytes: new TextEncoder().encode(manifest('tides', egress)),
        source_url: null,
      })
    expect(await compareAnswers(market.house)).toBe(1)
    expect(await compareAnswers(market.house)).toBe(0)
    await again(['https://api.quay.example', 'https://collect.other.example'])
    expect(await compareAnswers(market.house)).toBe(1)
    expect(await rules('pia')).toMatchObject([{ rule: 'recipients-named', status: 'open' }])
    await again(['https://api.quay.example'])
    await compareAnswers(market.house)
    expect(await rules('pia')).toEqual([])
  })

  it('when the partner’s time is over the operator is told, and the answers count as not current; an explanation stops that', async () => {
    await publish({ ...TRUE, [PROCESSED]: false })
    // A reviewer has confirmed the tab meanwhile.
    const { waiting } = (await market.call('GET', `${APP}/forms/${TAB}/review`, 'rob')).json()
    expect((await market.call('POST', `${APP}/forms/${TAB}/review`, 'rob', { decision: 'approve', seen: waiting })).statusCode).toBe(200)
    expect(await verdict()).toBe('met')
    market.at('2026-12-09T11:59:59Z')
    await sweep(market.house)
    expect(await rules('rob')).toEqual([])
    expect(await verdict()).toBe('met')
    market.at('2026-12-09T12:00:01Z')
    await sweep(market.house)
    expect(await rules('rob')).toMatchObject([{ rule: 'processed-elsewhere', status: 'told' }])
    expect(await verdict()).toBe('unmet')
    expect((await market.call('GET', `/apps/tides/forms/${TAB}/review`, 'rob')).body).toContain('The partner’s time is over')

    const at = `${APP}/contradictions/processed-elsewhere`
    expect((await market.call('POST', `${at}/explain`, 'rob', { text: 'x' })).statusCode).toBe(403)
    expect((await market.call('POST', `${at}/explain`, 'pia', { text: ' ' })).json()).toMatchObject({ code: 'assessments.no_reason' })
    expect((await market.call('POST', `${at}/explain`, 'pia', { text: 'It answers with fixed texts only.' })).statusCode).toBe(200)
    expect((await market.call('POST', `${at}/review`, 'pia', { decision: 'accept' })).statusCode).toBe(403)
    expect((await market.call('POST', `${at}/review`, 'rob', { decision: 'refuse' })).json()).toMatchObject({
      code: 'assessments.no_reason',
    })
    expect((await market.call('POST', `${at}/review`, 'rob', { decision: 'accept' })).statusCode).toBe(200)
    expect(await rules('pia')).toMatchObject([{ status: 'accepted' }])
    // Only a person gives it back: the answers are current again once a reviewer has looked at them.
    expect(await verdict()).toBe('unmet')
    await publish({ ...TRUE, [PROCESSED]: false })
    const sent = (await market.call('GET', `${APP}/forms/${TAB}/review`, 'rob')).json()
    await market.call('POST', `${APP}/forms/${TAB}/review`, 'rob', { decision: 'approve', seen: sent.waiting })
    expect(await verdict()).toBe('met')
    const log = await market.house.database.within({ marketplace: 'main', party: { kind: 'machine' } }, (unit) => unit.log.after(0, 10_000))
    expect(JSON.stringify(log)).not.toContain('fixed texts')
  })

  it('a certificate that is claimed without a record is a finding; entered, confirmed and ended it says so in public, and its absence is stated plainly', async () => {
    const { call } = market
    const questions = formInForce([MODEL], market.clock.now(), 'partner-security-questionnaire')
    const ALL = `/api/v1/partners/org_quay/forms/${questions.id}`
    expect((await call('GET', `/apps/tides/forms/${TAB}`, null)).body).toContain('No certificate is recorded.')
    await call('PUT', ALL, 'pia', everyAnswer(questions, { 23: ['SOC 2 Type 2'] }))
    await call('POST', `${ALL}/publish`, 'pia')
    expect(await rules('pia')).toContainEqual(expect.objectContaining({ rule: 'certificates-recorded', status: 'open' }))

    const CERTIFICATES = '/api/v1/partners/org_quay/certifications'
    const one = {
      standard: 'SOC 2 Type 2',
      issuer: 'Auditors & Daughters',
      scope: 'All cloud apps',
      issued_on: '2026-10-01',
      expires_on: '2027-09-30',
      link: null,
    }
    for (const who of ['rob', 'eve'] as const) expect([who, (await call('POST', CERTIFICATES, who, one)).statusCode]).toEqual([who, 403])
    for (const [change, where] of [
      [{ standard: ' ' }, 'standard'],
      [{ issuer: 'nul\u0000' }, 'issuer'],
      [{ expires_on: '2026-02-30' }, 'expires_on'],
      [{ expires_on: '2026-09-30' }, 'expires_on'],
      [{ expires_on: '2026-10-02' }, 'expires_on'],
      [{ link: 'javascript:alert(1)' }, 'link'],
    ] as const) {
      expect((await call('POST', CERTIFICATES, 'pia', { ...one, ...change })).json()).toMatchObject({
        status: 400,
        where: expect.stringContaining(where),
      })
    }
    const { certification } = (await call('POST', CERTIFICATES, 'pia', one)).json()
    await compareAnswers(market.house)
    expect(await rules('pia')).not.toContainEqual(expect.objectContaining({ rule: 'certificates-recorded' }))
    expect((await call('GET', `/apps/tides/forms/${TAB}`, null)).body).toContain('Entered by the partner')
    expect((await call('POST', `${CERTIFICATES}/${certification}/review`, 'rob', { decision: 'confirm' })).statusCode).toBe(200)
    const page = (await call('GET', `/apps/tides/forms/${TAB}`, null)).body
    expect(page).toContain('Auditors &amp; Daughters')
    expect(page).toContain('Confirmed by a reviewer')
    // Another partner's certificate cannot be touched through one's own address.
    expect((await call('POST', `/api/v1/partners/org_other/certifications/${certification}/withdraw`, 'eve')).statusCode).toBe(404)
    expect((await call('GET', '/partners/org_quay/certificates', 'rob')).statusCode).toBe(200)

    market.at('2027-10-01T00:00:01Z')
    await sweep(market.house)
    expect((await call('GET', CERTIFICATES, 'pia')).json()).toMatchObject([{ status: 'lapsed', holds: false }])
    expect((await call('GET', `/apps/tides/forms/${TAB}`, null)).body).toContain('No certificate is recorded.')
    await compareAnswers(market.house)
    expect(await rules('pia')).toContainEqual(expect.objectContaining({ rule: 'certificates-recorded', status: 'open' }))
  })
})
