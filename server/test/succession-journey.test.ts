import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Acting } from '../src/enrolment/authorise.ts'
import { createHttp, type Routes } from '../src/platform/http/app.ts'
import { registerBadgePictures } from '../src/publishing/badge-routes.ts'
import { problemPage } from '../src/publishing/pages/problem.tsx'
import { registerPublicRoutes } from '../src/publishing/routes.tsx'
import { registerSuccessionPages } from '../src/publishing/succession-routes.tsx'
import { registerWorkingRoutes } from '../src/publishing/working-routes.tsx'
import { accessibilityFaults, DESK, openBrowser, openProfile, PHONE, smallTargets, sticksOut } from './browser.ts'
import { LATE, READY } from './drafted.ts'
import { openEmbedded } from './storage.ts'
import { openSucceeding } from './succeeding.ts'

/** A programme that ends, at the pages of all sides, in a real browser: its end is set, holders are decided about, the old badge ends on the day. */

let running: Awaited<ReturnType<typeof openSucceeding>>
let app: Routes
let browser: Browser
let context: BrowserContext
let page: Page
let base: string
let who: Acting = { kind: 'public' }

beforeAll(async () => {
  running = await openSucceeding(openEmbedded)
  const { house } = running
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
  registerSuccessionPages(app, house, null)
  registerBadgePictures(app, house)
  registerWorkingRoutes(app, house, null)
  base = await app.listen({ port: 0, host: '127.0.0.1' })
  browser = await openBrowser()
  context = await openProfile(browser, { size: DESK })
  page = await context.newPage()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await running.close()
})

const see = (text: string) => page.locator('main', { hasText: text }).waitFor()
const go = (path: string) => page.goto(base + path)
const fit = async () => {
  for (const size of [DESK, PHONE]) {
    await page.setViewportSize(size)
    expect(await accessibilityFaults(page)).toEqual([])
    expect([await sticksOut(page), await smallTargets(page)]).toEqual([[], []])
  }
  await page.setViewportSize(DESK)
}

it('goes from the day on which the end is set to the day on which the old badge is over', { timeout: 240_000 }, async () => {
  // The administrator sets the end, and has to name what cannot be taken back.
  who = running.who('ada')
  await go('/programmes/haven')
  await see('Here no end is set; that is an act of the operator.')
  await page.getByText('Set the end of Harbour').click()
  await fit()
  await page.getByRole('textbox', { name: 'Write harbour to confirm' }).fill('harbour')
  await page.getByRole('button', { name: 'Set the end' }).click()
  await see('The end is set. Holders are told.')
  await see('Both run from the day below on.')
  await fit()

  // Everybody reads the rules; a partner sees how their app stands with both.
  who = { kind: 'public' }
  await go('/programmes/harbour')
  await see('Harbour ends on 1 Oct 2026. In its place comes Haven')
  await fit()
  await page.getByRole('link', { name: 'how holders go over' }).click()
  await see('Who meets Haven goes over when two reviewers agree.')
  expect(await page.getByRole('button').count()).toBe(0)
  await running.goTo('2026-04-02T10:00:00Z')
  who = running.who('tom')
  await go(`/apps/${LATE}/standing`)
  await see('Nobody has decided yet whether this app goes over; the day is 1 Oct 2026.')
  await see('Haven 2026.1')
  await see('Harbour 2026.1')
  await fit()

  // Two reviewers take the one over, and leave the other.
  const holders = '/programmes/harbour/succession'
  const ready = page.getByRole('listitem').filter({ hasText: READY })
  const late = page.getByRole('listitem').filter({ hasText: LATE })
  who = running.who('ann')
  await go(holders)
  await see('2 badges, of which 2 without a decision.')
  await fit()
  await late.getByRole('textbox').fill('They wait for it.')
  await late.getByRole('button', { name: 'It goes over' }).click()
  await see('haven.backups')
  expect(await late.getByRole('textbox').inputValue()).toBe('They wait for it.')
  await fit()
  await ready.getByRole('textbox').fill('Everything is met.')
  await ready.getByRole('button', { name: 'It goes over' }).click()
  await see('Your agreement is recorded. Another reviewer has to agree.')
  who = running.who('bob')
  await go(holders)
  await ready.getByRole('textbox').fill('I agree.')
  await ready.getByRole('button', { name: 'It goes over' }).click()
  await see('The app goes over: the successor’s badge is granted.')
  await late.getByRole('textbox').fill('No backup was restored.')
  await late.getByRole('button', { name: 'It does not' }).click()
  await see('The decision is recorded, and the partner is told.')
  await fit()
  who = running.who('tom')
  await go(`/apps/${LATE}/standing`)
  await see('It was decided that this app does not go over. No backup was restored.')

  // Side by side until the day; then the old badge is over, for everybody to see.
  who = { kind: 'public' }
  await go(`/apps/${READY}`)
  await see('Harbour ends on 1 Oct 2026.')
  await running.goTo('2026-10-01T00:05:00Z')
  await go(`/apps/${LATE}`)
  await see('ended with its programme')
  await see('Harbour has ended, on 1 Oct 2026. In its place is Haven')
  await fit()
  await go(`/apps/${READY}`)
  await see('Active')
  await see('Gold (Harbour): Expired')
  await go('/programmes/harbour')
  await see('Closed on 1 Oct 2026')
  await see('Harbour has ended')
  await fit()
  expect((await page.request.get(`${base}/badge/${LATE}.svg`)).ok()).toBe(true)
})
