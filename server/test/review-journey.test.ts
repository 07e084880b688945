import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Acting } from '../src/enrolment/authorise.ts'
import { createHttp, type Routes } from '../src/platform/http/app.ts'
import { registerReviewRoutes } from '../src/publishing/review-routes.tsx'
import { registerPublicRoutes } from '../src/publishing/routes.tsx'
import { problemPage } from '../src/publishing/pages/problem.tsx'
import { accessibilityFaults, DESK, openBrowser, openProfile, PHONE, smallTargets, sticksOut } from './browser.ts'
import { APP, openReviewed } from './reviewed.ts'
import { openEmbedded } from './storage.ts'

/** An annual review at the pages of both sides, in a real browser: a change that was seen, and a NO. */

let reviewed: Awaited<ReturnType<typeof openReviewed>>
let app: Routes
let browser: Browser
let context: BrowserContext
let page: Page
let base: string
let who: Acting = { kind: 'public' }

beforeAll(async () => {
  reviewed = await openReviewed(openEmbedded)
  const { house } = reviewed
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
  registerReviewRoutes(app, house)
  base = await app.listen({ port: 0, host: '127.0.0.1' })
  browser = await openBrowser()
  context = await openProfile(browser, { size: DESK })
  page = await context.newPage()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await reviewed.close()
})

/** Waits for a sentence on the page: a form's answer comes when it comes. */
const see = (text: string) => page.locator('main', { hasText: text }).waitFor()
const fit = async () => {
  for (const size of [DESK, PHONE]) {
    await page.setViewportSize(size)
    expect(await accessibilityFaults(page)).toEqual([])
    expect([await sticksOut(page), await smallTargets(page)]).toEqual([[], []])
  }
  await page.setViewportSize(DESK)
}

it('goes from the notice over a NO against what was seen to a look at what it touches, and to its end', { timeout: 180_000 }, async () => {
  await reviewed.goTo('2026-03-12T12:00:00Z')
  await reviewed.read(['https://two.example'])
  who = reviewed.who('mia')
  await page.goto(`${base}/apps/${APP}/reviews`)
  await see('The one thing to do: say below whether the app changed significantly.')
  await see('two.example')
  await fit()

  await page.getByRole('radio', { name: 'No' }).first().check()
  await page.getByRole('button', { name: 'Send the answer' }).click()
  await see('Your answer leaves out what was seen: Hosting.')
  expect(await page.getByRole('radio', { name: 'No' }).first().isChecked()).toBe(true)
  await fit()
  await page.getByRole('button', { name: 'Send the answer' }).click()
  await see('Your answer is recorded. The operator looks at what the change touches.')
  await see('the answer stood against what was seen: Hosting')
  expect(await page.getByRole('button', { name: /^In order/ }).count()).toBe(0)

  who = reviewed.who('ann')
  await page.reload()
  await fit()
  await page.getByRole('button', { name: 'Something is missing: tab' }).click()
  await see('Say what is missing, so that the partner can put it right.')
  await page.getByRole('textbox', { name: 'Why, if something is missing' }).first().fill('The tab names the old host.')
  await page.getByRole('button', { name: 'Something is missing: tab' }).click()
  await see('Your decision is recorded.')
  expect(await reviewed.badge()).toEqual(['at_risk', '2026-04-09'])
  await page.getByRole('button', { name: 'In order: tab' }).click()
  await page.getByRole('button', { name: 'In order: moved' }).click()
  await see('the review of 2026 was closed, with everything in order')
  expect(await reviewed.badge()).toEqual(['active', null])
})
