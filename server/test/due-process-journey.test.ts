import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { actOnBadge } from '../src/badges/acting.ts'
import type { Acting } from '../src/enrolment/authorise.ts'
import { createHttp, type Routes } from '../src/platform/http/app.ts'
import { registerApplicationPages } from '../src/publishing/application-routes.tsx'
import { problemPage } from '../src/publishing/pages/problem.tsx'
import { registerProcessRoutes } from '../src/publishing/process-routes.tsx'
import { registerPublicRoutes } from '../src/publishing/routes.tsx'
import { accessibilityFaults, DESK, openBrowser, openProfile, PHONE, smallTargets, sticksOut } from './browser.ts'
import { APP, openDueProcess } from './due-process.ts'
import { openEmbedded } from './storage.ts'

/** A concern of a visitor without a name, its decision, and an appeal against it, at the pages of all who have to do with it. */

let of: Awaited<ReturnType<typeof openDueProcess>>
let app: Routes
let browser: Browser
let context: BrowserContext
let page: Page
let base: string
let who: Acting = { kind: 'public' }

beforeAll(async () => {
  of = await openDueProcess(openEmbedded)
  const { house } = of
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
  registerProcessRoutes(app, house)
  registerApplicationPages(app, house)
  base = await app.listen({ port: 0, host: '127.0.0.1' })
  browser = await openBrowser()
  context = await openProfile(browser, { size: DESK })
  page = await context.newPage()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await of.close()
})

/** Waits for a sentence on the page: a form's answer comes when it comes. */
const see = (text: string) => page.locator('main', { hasText: text }).waitFor()
const SHOTS = process.env['CASTELLAN_SHOTS']
let shot = 0
const fit = async () => {
  expect(await page.locator('script, [onload], [onerror], [style]').count()).toBe(0)
  for (const [size, scheme] of [
    [DESK, 'light'],
    [PHONE, 'dark'],
  ] as const) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme: scheme })
    expect(await accessibilityFaults(page)).toEqual([])
    expect([await sticksOut(page), await smallTargets(page)]).toEqual([[], []])
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${String(shot++).padStart(2, '0')}-${scheme}.png`, fullPage: true })
  }
  await page.setViewportSize(DESK)
  await page.emulateMedia({ colorScheme: 'light' })
}
const as = async (name: string, path: string) => {
  who = of.who(name)
  await page.goto(base + path)
}

it(
  'goes from a visitor without a name over a decision and a badge at risk to an appeal that sets it aside',
  { timeout: 240_000 },
  async () => {
    // The visitor: nothing is asked but words, a mistake keeps what was typed, and the address is shown once.
    await as('nobody', `/apps/${APP}`)
    await see('None was decided.')
    await page.getByRole('link', { name: 'Raise a concern about this app' }).click()
    await fit()
    await page.getByLabel('What it is about').selectOption({ label: 'tab' })
    await page.getByLabel('What you have seen').fill(' ')
    await page.getByRole('button', { name: 'Raise the concern' }).click()
    await see('Say what you have seen, so that somebody can look into it.')
    expect(await page.getByLabel('What it is about').inputValue()).toBe('harbour tab')
    await page.getByLabel('What you have seen').fill('The tab names the old host.\n<script>alert(1)</script> \u202Egnp.exe')
    await page.getByRole('button', { name: 'Raise the concern' }).click()
    await see('Keep this address')
    await fit()
    const follow = new URL((await page.locator('pre').textContent())?.trim() ?? '').pathname
    await page.goto(base + follow)
    await see('Waits to be sorted')
    await page.getByLabel('More words').fill('On page two.')
    await page.getByRole('button', { name: 'Add them' }).click()
    await see('Added.')
    await see('On page two.')
    await fit()

    // The partner sees nothing yet; a reviewer finds it in the one queue.
    await as('mia', `/apps/${APP}/due-process`)
    await see('No concern is here')
    await as('ann', '/applications')
    await see('Sorting a concern')
    await fit()
    await page.getByRole('link', { name: `Name of ${APP}` }).click()
    await see('The tab names the old host.')
    await fit()
    await page.getByLabel('What the partner is told').fill('Is the tab up to date?')
    await page.getByRole('button', { name: 'Look into it, and hear the partner' }).click()
    await see('The partner is asked now.')

    // The partner is heard, and reads the operator's words only.
    await as('mia', `/apps/${APP}/due-process`)
    await see('The partner is heard')
    await fit()
    await page.getByRole('link', { name: '2 Mar 2026', exact: false }).first().click()
    await see('Is the tab up to date?')
    expect(await page.locator('main').textContent()).not.toMatch(/old host|page two/)
    await page.getByLabel('How it is').fill('It is.')
    await page.getByRole('button', { name: 'Send the answer' }).click()
    await see('Your answer is recorded.')
    const concern = new URL(page.url()).pathname

    // Who sorted it does not decide; who decides on what has moved looks again.
    await as('ann', concern)
    await see('somebody who had none has to decide')
    expect(await page.getByRole('button', { name: 'Upheld', exact: true }).count()).toBe(0)
    await as('bob', concern)
    await fit()
    await page.getByLabel('Reasons, for the partner').fill('Page two names the old host.')
    await page.getByRole('button', { name: 'Upheld', exact: true }).click()
    await see('Say what everybody may read of this decision.')
    expect(await page.getByLabel('Reasons, for the partner').inputValue()).toBe('Page two names the old host.')
    await page.getByLabel('For everybody').fill('The tab was not up to date.')
    await page.getByRole('button', { name: 'Upheld', exact: true }).click()
    await see('The decision is recorded')
    expect(await of.badge()).toEqual(['at_risk', '2026-03-30'])
    await as('nobody', `/apps/${APP}`)
    await see('The tab was not up to date.')
    expect(await page.locator('main').textContent()).not.toContain('Page two names')
    await fit()

    // The partner appeals before somebody who had no part; it is set aside, and the badge is safe.
    await as('mia', `/apps/${APP}/due-process`)
    await page.getByLabel('What is wrong with it').fill('Page two is an archive, as its head says.')
    await page.getByRole('button', { name: 'Lodge the appeal' }).click()
    await see('The appeal is lodged.')
    const appeal = new URL(page.url()).pathname
    await fit()
    await as('bob', appeal)
    await see('You had a part in the decision that is appealed')
    await as('cal', appeal)
    await see('Page two names the old host.')
    await see('Page two is an archive')
    await fit()
    await page.getByLabel('Reasons, for the partner').fill('The head says archive.')
    await page.getByLabel('For everybody').fill('The concern was about an archive.')
    await page.getByRole('button', { name: 'Uphold: set the decision aside' }).click()
    await see('Upheld: the decision is set aside')
    expect(await of.badge()).toEqual(['active', null])
    await as('nobody', `/apps/${APP}`)
    await see('Set aside on appeal')
    await see('The concern was about an archive.')
    await page.goto(`${base}/concerns`)
    await see('Appeals upheld')
    await fit()

    // A badge that was suspended in error is given back by a person.
    await actOnBadge(of.house, of.who('ann'), { app: APP, programme: 'harbour', tier: 'gold' }, 'suspend', { reason: 'A mistake.' })
    await as('mia', `/apps/${APP}/due-process`)
    await page.getByLabel('What is wrong with it').fill('Nothing is wrong.')
    await page.getByRole('button', { name: 'Lodge the appeal' }).click()
    await see('The appeal is lodged.')
    const second = new URL(page.url()).pathname
    await as('cal', second)
    await page.getByLabel('Reasons, for the partner').fill('It was a mistake.')
    await page.getByLabel('For everybody').fill('The suspension was a mistake of the operator.')
    await page.getByRole('button', { name: 'Uphold: set the decision aside' }).click()
    await see('Give the badge back')
    await fit()
    await page.getByRole('button', { name: 'Give it back' }).click()
    await see('You have upheld the appeal; another one has to be next.')
    await as('bob', second)
    await page.getByRole('button', { name: 'Give it back' }).click()
    await see('The badge is given back.')
    expect(await of.badge()).toEqual(['active', null])

    // Whoever raised it reads the end, and takes the words back.
    await as('nobody', follow)
    await see('Set aside on appeal')
    await page.getByRole('button', { name: 'Take back what I wrote' }).click()
    await see('What you wrote is erased.')
    expect(await page.locator('main').textContent()).not.toContain('old host')
  },
)
