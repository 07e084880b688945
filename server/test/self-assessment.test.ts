import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formInForce } from '../src/assessments/answering.ts'
import { fieldsOf } from '../src/assessments/form.ts'
import { readListingDocuments } from '../src/assessments/reading-documents.ts'
import { controlOf } from '../src/publishing/typed-answers.ts'
import { STANDINGS, standingKey, type StandingDocument } from '../src/standing/standings-view.ts'
import { sweep } from '../src/sweeping.ts'
import { accessibilityFaults, DESK, openBrowser, openProfile, PHONE, smallTargets, sticksOut } from './browser.ts'
import { everyAnswer, MODEL, openFormsMarket, WHO, type FormsMarket, type Name } from './forms.ts'
import { openEmbedded } from './storage.ts'

/** A year of the yearly self-assessment, in a real browser, under the version that asked for it. The clock is moved. */

const FORM = 'self-assessment'
const PROCESSED = 'dataAccessAndStorage.appProcessEUDOutsideAtlassian'
const WHY = 'security.permissionsJustification'
const LONG = `Because ${'of_a_word_without_any_space'.repeat(20)}\n${'and many lines\n'.repeat(20)}`
const REQUIREMENT = 'security.self-assessment'

/** A browser on a busy machine fills in forty fields. */
const JOURNEY_MS = 240_000

let market: FormsMarket
let browser: Browser
let base: string

beforeAll(async () => {
  market = await openFormsMarket(openEmbedded, '2021-09-06T09:00:00Z')
  await market.register('tides')
  base = await market.app.listen({ port: 0, host: '127.0.0.1' })
  browser = await openBrowser()
}, JOURNEY_MS)
afterAll(async () => {
  await browser.close()
  await market.close()
})

/** A page of somebody's own, in a size. */
async function pageOf(
  who: Name | null,
  size: typeof DESK | typeof PHONE = DESK,
): Promise<{ readonly page: Page; readonly context: BrowserContext }> {
  const context = await openProfile(browser, { size })
  if (who !== null) await context.setExtraHTTPHeaders({ [WHO]: who })
  return { page: await context.newPage(), context }
}

const inDatabase = <T>(view: string, key: string): Promise<T | null> =>
  market.house.database.within({ marketplace: 'main', party: { kind: 'machine' } }, (unit) => unit.documents.get<T>(view, key))
const verdict = async (): Promise<string | undefined> => {
  const standing = await inDatabase<StandingDocument>(STANDINGS, standingKey('cloud-fortified', 'tides'))
  return standing?.verdicts.find(({ requirement }) => requirement === REQUIREMENT)?.verdict
}
/** What the partner was told, by the code of the letter. */
const told = (): Promise<readonly string[]> =>
  market.house.database.within({ marketplace: 'main', party: { kind: 'machine' } }, async (unit) =>
    (await unit.log.after(0, 10_000)).flatMap(({ type, payload }) =>
      type === 'publishing.delivery_owed' ? [JSON.stringify(payload['code']).slice(1, -1)] : [],
    ),
  )

describe('a year of self-assessment', () => {
  it(
    'goes from a half-filled draft over a return with reasons to an approval, reminders, its end, and the year in which it is asked no more',
    async () => {
      const form = formInForce([MODEL], market.clock.now(), FORM)
      const questions = fieldsOf(form)

      // The partner begins: errors stand beside the field, and nothing typed is lost.
      const { page: partner, context } = await pageOf('pia')
      await partner.goto(`${base}/apps/tides/forms`)
      await partner.getByRole('link', { name: form.title }).click()
      await partner.getByLabel('Which security incidents happened in the past year?').fill('None.')
      await partner.getByRole('button', { name: 'Save the draft' }).click()
      expect(await partner.getByRole('status').textContent()).toContain('The draft is saved')
      expect(await partner.locator('.lead').textContent()).toContain('still missing')
      await partner.getByRole('button', { name: /send for review/ }).click()
      // An incomplete form is published, and sent to nobody.
      expect((await inDatabase<{ readonly status: string }>('assessments.reviews', `tides/${FORM}`))?.status).toBeUndefined()

      for (const field of questions) {
        const control = partner.locator(`[name="${controlOf(field.id)}"]`)
        if (field.answer === 'yes-no') await control.selectOption(field.id === 'backups' ? 'no' : 'yes')
        else await control.fill('Nothing that customers noticed.\nOne expired certificate on a test system.')
        for (const part of field.parts ?? [])
          await partner.locator(`[name="${controlOf(`${field.id}.${part.id}`)}"]`).fill(`Handbook, ${field.id}.`)
      }
      await partner.getByRole('button', { name: /send for review/ }).click()
      expect(await partner.getByRole('status').textContent()).toBe('Published.')
      expect(await partner.locator('#review + p').textContent()).toBe('Sent. It is the operator’s turn.')
      expect(await accessibilityFaults(partner)).toEqual([])

      // The reviewer sees claim and evidence side by side, and cannot return them without a reason.
      const { page: reviewer, context: second } = await pageOf('rob')
      await reviewer.goto(`${base}/apps/tides/forms/${FORM}/review`)
      const row = reviewer.getByRole('row').filter({ hasText: 'restoring from backup' })
      expect(await row.getByRole('cell').allTextContents()).toEqual([
        'NoWarning: The reviewer will ask how this is made up for.',
        'Handbook, backups.',
        '–',
      ])
      expect(await accessibilityFaults(reviewer)).toEqual([])
      await reviewer.getByRole('button', { name: 'Return with this reason' }).click()
      expect(await reviewer.getByRole('alert').textContent()).toContain('Say what has to change')
      await reviewer.getByLabel('Reason').fill('Try a restore from backup and say when you did.')
      await reviewer.getByRole('button', { name: 'Return with this reason' }).click()
      expect(await reviewer.getByRole('status').textContent()).toContain('Returned with your reason')
      expect(await verdict()).not.toBe('met')

      // The partner reads the reason, mends one answer, sends again.
      await partner.reload()
      expect(await partner.locator('#review ~ .panel').textContent()).toContain('Try a restore from backup and say when you did.')
      await partner.locator(`[name="${controlOf('backups')}"]`).selectOption('yes')
      await partner.locator(`[name="${controlOf('backups.evidence')}"]`).fill('Restored on 3 September 2021.')
      await partner.getByRole('button', { name: /send for review/ }).click()

      await reviewer.goto(`${base}/apps/tides/forms/${FORM}/review`)
      await reviewer.getByRole('button', { name: /^Approve for/ }).click()
      expect(await reviewer.getByRole('status').textContent()).toContain('Approved')
      expect(await verdict()).toBe('met')
      expect(await told()).toEqual(expect.arrayContaining(['assessments.form_returned', 'assessments.form_approved']))

      // Reminders, each once and not before its day.
      const reminders = async (): Promise<number> => (await told()).filter((code) => code === 'assessments.form_reminded').length
      market.at('2022-07-11T08:00:00Z')
      await sweep(market.house)
      expect(await reminders()).toBe(0)
      market.at('2022-07-13T00:00:00Z')
      await sweep(market.house)
      await sweep(market.house)
      expect(await reminders()).toBe(1)
      market.at('2022-08-31T00:00:00Z')
      await sweep(market.house)
      // Two more fell due while nobody looked: one mail is enough.
      expect(await reminders()).toBe(2)

      // Twelve months later it is over.
      market.at('2022-09-06T08:59:59Z')
      await sweep(market.house)
      expect(await verdict()).toBe('met')
      market.at('2022-09-06T09:00:01Z')
      await sweep(market.house)
      expect(await verdict()).toBe('unmet')
      expect(await told()).toContain('assessments.form_lapsed')

      // Last year's answers are still there: one change and it is sent again, and the reviewer sees what is new.
      await partner.goto(`${base}/apps/tides/forms/${FORM}/edit`)
      await partner.locator(`[name="${controlOf('backups.evidence')}"]`).fill('Restored on 1 September 2022.')
      await partner.getByRole('button', { name: /send for review/ }).click()
      await reviewer.goto(`${base}/apps/tides/forms/${FORM}/review`)
      await reviewer.getByRole('button', { name: /^Approve for/ }).click()
      expect(await verdict()).toBe('met')

      // From 22 August 2023 on the rules ask for it no more.
      market.at('2023-08-22T00:00:01Z')
      const { adoptProgrammes } = await import('../src/directory/adopting.ts')
      await adoptProgrammes(market.house)
      const gone = await partner.goto(`${base}/apps/tides/forms/${FORM}/edit`)
      expect(gone?.status()).toBe(409)
      expect(await partner.textContent('main')).toContain('is not asked any more since 2023-08-22')
      expect(['retired', undefined]).toContain(await verdict())
      await second.close()
      await context.close()
    },
    JOURNEY_MS,
  )
})

describe.each([
  ['desk', DESK],
  ['phone', PHONE],
] as const)('pages of forms, on a %s', (_, size) => {
  beforeAll(async () => {
    market.at('2026-11-24T12:00:00Z')
    const { call } = market
    const TAB = 'privacy-and-security'
    const answers = everyAnswer(formInForce([MODEL], market.clock.now(), TAB), { [PROCESSED]: false, [WHY]: LONG })
    await call('PUT', `/api/v1/apps/tides/forms/${TAB}`, 'pia', answers)
    await call('POST', `/api/v1/apps/tides/forms/${TAB}/publish`, 'pia')
    await call('POST', `/api/v1/apps/tides/contradictions/processed-elsewhere/explain`, 'pia', {
      text: 'It answers with fixed texts only.',
    })
    await call('PUT', '/api/v1/apps/tides/documents/privacy-policy', 'pia', { url: 'https://127.0.0.1/secret' })
    await readListingDocuments(market.house)
    const one = { issuer: 'Auditors & Daughters', scope: 'All cloud apps', issued_on: '2026-10-01', expires_on: '2027-09-30' }
    await call('POST', '/api/v1/partners/org_quay/certifications', 'pia', { ...one, standard: 'SOC 2 Type 2' })
  }, JOURNEY_MS)

  it.each([
    ['pia', '/apps/tides/forms'],
    ['pia', '/partners/org_quay/certificates'],
    ['pia', '/apps/tides/documents'],
    ['rob', '/apps/tides/documents'],
    ['rob', '/partners/org_quay/certificates'],
    ['pia', '/apps/tides/forms/privacy-and-security/edit'],
    ['rob', '/apps/tides/forms/privacy-and-security/review'],
    [null, '/apps/tides/forms/privacy-and-security'],
  ] as const)(
    '%s on %s: axe finds nothing, nothing sticks out, everything can be pressed, nothing runs',
    async (who, path) => {
      const { page, context } = await pageOf(who, size)
      try {
        expect((await page.goto(base + path))?.status()).toBe(200)
        expect(await accessibilityFaults(page)).toEqual([])
        expect(await sticksOut(page)).toEqual([])
        expect(await smallTargets(page)).toEqual([])
        expect(await page.locator('script, [onload], [onerror], [style]').count()).toBe(0)
        const shots = process.env['CASTELLAN_SHOTS']
        if (shots !== undefined)
          await page.screenshot({ path: `${shots}/${who ?? 'anybody'}${path.replaceAll('/', '_')}-${size.width}.png`, fullPage: true })
      } finally {
        await context.close()
      }
    },
    JOURNEY_MS,
  )
})
