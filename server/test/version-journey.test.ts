import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerConsultationRoutes } from '../src/consultations/routes.ts'
import type { Acting } from '../src/enrolment/authorise.ts'
import { createHttp, type Routes } from '../src/platform/http/app.ts'
import { registerCommentRoutes } from '../src/publishing/comment-routes.tsx'
import { registerDocumentationRoutes } from '../src/publishing/documentation-routes.tsx'
import { problemPage } from '../src/publishing/pages/problem.tsx'
import { registerPublicRoutes } from '../src/publishing/routes.tsx'
import { registerWorkingRoutes } from '../src/publishing/working-routes.tsx'
import { accessibilityFaults, DESK, openBrowser, openProfile, PHONE, smallTargets, sticksOut } from './browser.ts'
import { LATE, NEW_RULE, NEXT, openDrafted, READY } from './drafted.ts'
import { openEmbedded } from './storage.ts'

/** A draft version at the pages of all sides, in a real browser: consultation, shadow, announcement, enforcement. */

let drafted: Awaited<ReturnType<typeof openDrafted>>
let app: Routes
let browser: Browser
let context: BrowserContext
let page: Page
let base: string
let who: Acting = { kind: 'public' }

beforeAll(async () => {
  drafted = await openDrafted(openEmbedded)
  const { house } = drafted
  app = await createHttp({
    log: house.log,
    public_url: () => house.public_url(),
    trust_proxy: [],
    whoAsks: async () => who,
    refuseForeign: () => undefined,
    problemPage: (problem, request) => problemPage(house, problem, request, null),
    version: '0',
    requests_a_minute: 1_000_000,
  })
  registerPublicRoutes(app, house, null)
  registerDocumentationRoutes(app, house, null)
  registerCommentRoutes(app, house, null)
  registerConsultationRoutes(app, house)
  registerWorkingRoutes(app, house, null)
  base = await app.listen({ port: 0, host: '127.0.0.1' })
  browser = await openBrowser()
  context = await openProfile(browser, { size: DESK })
  page = await context.newPage()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await drafted.close()
})

const see = (text: string) => page.locator('main', { hasText: text }).waitFor()
const seesNot = async (text: string) => expect(await page.locator('main', { hasText: text }).count()).toBe(0)
const go = (path: string) => page.goto(base + path)
const fit = async () => {
  for (const size of [DESK, PHONE]) {
    await page.setViewportSize(size)
    expect(await accessibilityFaults(page)).toEqual([])
    expect([await sticksOut(page), await smallTargets(page)]).toEqual([[], []])
  }
  await page.setViewportSize(DESK)
}
const RULE = `/programmes/harbour/versions/${NEXT}/requirements/${NEW_RULE.id}`

it('goes from a draft with comments over shadow and announcement to the day on which it judges', { timeout: 240_000 }, async () => {
  // A stranger finds the draft and what it would change; nothing to write with.
  await drafted.goTo('2026-05-03T09:00:00Z')
  await go('/programmes/harbour')
  await page.getByRole('link', { name: 'What each version changed' }).click()
  await see('Draft, open for comments')
  await fit()
  await page.getByRole('link', { name: NEXT, exact: true }).click()
  await see('New requirement from 2026-09-01: Backups are restored once a quarter (care.backups).')
  await see('Plan one restore.')
  await fit()
  await page.getByRole('main').getByRole('link', { name: 'Backups are restored once a quarter', exact: true }).click()
  await see('Nobody has commented on it yet.')
  await see('The rules in force do not have it.')
  expect(await page.getByRole('button', { name: 'Publish the comment' }).count()).toBe(0)
  await fit()

  // A partner comments; an empty comment is refused and told beside the field.
  who = drafted.who('mia')
  await go(RULE)
  await page.getByRole('textbox', { name: 'Your comment' }).fill('   ')
  await page.getByRole('button', { name: 'Publish the comment' }).click()
  await see('Say what should be otherwise, and why.')
  await fit()
  await page.getByRole('textbox', { name: 'Your comment' }).fill('Once a year is enough.\nWe have two people.')
  await page.getByRole('button', { name: 'Publish the comment' }).click()
  await see('Your comment is published.')
  await see('Maker')
  await fit()

  // The operator looks at what it would mean for everybody, and answers.
  who = drafted.who('ann')
  await go(`/programmes/harbour/versions/${NEXT}`)
  await page.getByRole('link', { name: 'What it means for every registered app' }).click()
  await see('Of 2 apps, something changes for 2: 1 would no longer meet a tier, 0 would come to meet one.')
  await fit()
  await go(`/programmes/harbour/versions/${NEXT}/comments`)
  await see('1 comment, 1 waits for the operator’s answer.')
  await fit()
  await page.getByRole('link', { name: 'Backups are restored once a quarter' }).click()
  await page.getByRole('textbox', { name: 'Your answer' }).fill('Customers asked for it; a restore takes an hour.')
  await page.getByRole('button', { name: 'Decline' }).click()
  await see('Declined by the operator')
  await fit()

  // In shadow its partner sees it, and the world sees nothing.
  await drafted.goTo('2026-06-02T09:00:00Z')
  who = drafted.who('tom')
  await go(`/apps/${LATE}/standing`)
  await see('judged in shadow')
  await see('As things stand, 1 requirement would be missing on that day.')
  await see(NEW_RULE.adoption_guide ?? '')
  await fit()
  who = { kind: 'public' }
  await go(`/apps/${LATE}`)
  await seesNot('Backups are restored')
  await go(RULE)
  await see('Comments were taken from 1 May 2026 to 31 May 2026.')
  await see('Once a year is enough.')

  // Announced: the day, and what it means for this app.
  await drafted.goTo('2026-07-02T09:00:00Z')
  who = drafted.who('tom')
  await go(`/apps/${LATE}/standing`)
  await see('Judges from 1 Sep 2026')
  await see('Gold would no longer be met: Backups are restored once a quarter.')
  await fit()
  who = drafted.who('mia')
  await go(`/apps/${READY}/standing`)
  await see('As things stand, nothing gets worse for this app.')
  expect([await drafted.badge(LATE), await drafted.badge(READY)]).toEqual(['active', 'active'])

  // On its day, what was told happens, and nothing else.
  await drafted.goTo('2026-09-01T00:05:00Z')
  expect([await drafted.badge(LATE), await drafted.badge(READY)]).toEqual(['at_risk', 'active'])
  who = { kind: 'public' }
  await go('/programmes/harbour/versions')
  await see('Superseded')
  await go(`/apps/${LATE}`)
  await see('At risk')
  await go(`/programmes/harbour/requirements/${NEW_RULE.id}`)
  await see('New requirement from 2026-09-01')
})
