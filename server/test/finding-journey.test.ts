import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY_MS } from '../src/kernel/time.ts'
import { scanJob } from '../src/scanning/jobs.ts'
import { accessibilityFaults, DESK, openBrowser, openProfile, PHONE, smallTargets, sticksOut } from './browser.ts'
import { openFormsMarket, WHO, type FormsMarket, type Name } from './forms.ts'
import { paperWorker } from './paper-worker.ts'
import { connect } from './scans.ts'
import { openEmbedded } from './storage.ts'

/** A finding from its first scan over a dispute to its being set aside by two people, in a real browser. */

const JOURNEY_MS = 240_000
const HOSTILE = '<img src=x onerror="document.title=1">\u202etxet'

let market: FormsMarket
let browser: Browser
let base: string
let headers: readonly (readonly [string, string])[] | null = []
const job = scanJob({ worker: paperWorker(undefined, () => headers).worker, chance: () => 0.5 })
const scanned = async (after_ms: number): Promise<void> => {
  market.clock.advance(after_ms)
  await job.run(market.house, new AbortController().signal)
}

beforeAll(async () => {
  market = await openFormsMarket(openEmbedded, '2026-11-25T09:00:00Z')
  await market.register('tides', JSON.stringify(connect({ key: 'com.quay.tides', name: 'Tides', vendor: { name: 'Quayside Software' } })))
  base = await market.app.listen({ port: 0, host: '127.0.0.1' })
  browser = await openBrowser()
}, JOURNEY_MS)
afterAll(async () => {
  await browser.close()
  await market.close()
})

async function pageOf(who: Name, of: { readonly size?: typeof DESK | typeof PHONE; readonly dark?: boolean } = {}) {
  const context: BrowserContext = await openProfile(browser, { size: of.size ?? DESK, dark: of.dark ?? false })
  await context.setExtraHTTPHeaders({ [WHO]: who })
  const page: Page = await context.newPage()
  return { page, context }
}
const finding = (page: Page) =>
  page
    .locator('#open + ul > li', { hasText: 'hsts-enabled' })
    .or(page.locator('li', { hasText: 'Strict-Transport-Security' }))
    .first()

describe('a finding’s life in a browser', () => {
  it(
    'is disputed, stands, and is set aside by two people',
    async () => {
      const { page: partner, context: first } = await pageOf('pia')
      await partner.goto(`${base}/apps/tides/scan`)
      expect(await partner.locator('.lead').textContent()).toContain('Not scanned yet')
      await scanned(0)
      await scanned(DAY_MS)

      await partner.goto(`${base}/apps/tides/standing`)
      await partner.getByRole('link', { name: 'All scans, and what to do about a finding' }).click()
      const own = finding(partner)
      await own.getByText('Dispute this finding').click()
      await own.getByRole('button', { name: 'Dispute it' }).click()
      expect(await partner.getByRole('alert').textContent()).toContain('Say why this is no defect.')
      await finding(partner).getByLabel('Why this is no defect').fill(`The balancer sets it. ${HOSTILE}`)
      await finding(partner).getByRole('button', { name: 'Dispute it' }).click()
      expect(await partner.getByRole('status').textContent()).toContain('The operator decides')
      expect(await finding(partner).textContent()).toContain('Disputed by the partner')

      const { page: rob, context: second } = await pageOf('rob')
      await rob.goto(`${base}/scans`)
      expect(await rob.locator('.lead').textContent()).toContain('1 disputed')
      await rob.getByRole('link', { name: 'Tides' }).first().click()
      expect(await finding(rob).textContent()).toContain('The balancer sets it.')
      expect(await rob.title()).not.toBe('1')
      await finding(rob).getByText('Decide the dispute').click()
      await finding(rob).getByLabel('What you saw').fill('Three places saw no header.')
      await finding(rob).getByRole('button', { name: 'It stands' }).click()
      expect(await finding(rob).textContent()).toContain('Confirmed')
      await finding(rob).getByText('Set it aside for a while').click()
      await finding(rob).getByLabel('Something else keeps it').check()
      await finding(rob).getByLabel('Until').fill('2027-01-15')
      await finding(rob).getByLabel('Why').fill('Only reached through the gateway.')
      await finding(rob).getByRole('button', { name: 'Propose it' }).click()
      await finding(rob).getByRole('button', { name: 'Confirm as the second person' }).click()
      expect(await rob.getByRole('alert').textContent()).toContain('somebody else has to confirm it')

      const { page: sue, context: third } = await pageOf('sue')
      await sue.goto(`${base}/apps/tides/scan`)
      await finding(sue).getByRole('button', { name: 'Confirm as the second person' }).click()
      expect(await sue.locator('#aside + ul').textContent()).toContain('Only reached through the gateway.')

      // The partner asks the one check again, and the answer says that something is set aside.
      await partner.goto(`${base}/apps/tides/scan`)
      expect(await partner.locator('#aside + ul').textContent()).toContain('Something else keeps it from doing harm')
      market.clock.advance(3_600_000)
      await partner.getByRole('button', { name: 'Ask again: ' }).first().click()
      expect(await partner.getByRole('status').textContent()).toContain('planned')
      await scanned(0)
      await partner.goto(`${base}/apps/tides/scan`)
      await partner.getByRole('button', { name: 'Compare' }).click()
      expect(await partner.locator('#past').textContent()).toContain('Earlier scans')
      for (const context of [first, second, third]) await context.close()
    },
    JOURNEY_MS,
  )

  it.each([
    ['pia', '/apps/tides/scan', {}],
    ['rob', '/apps/tides/scan', { size: PHONE, dark: true }],
    ['vic', '/scans', { dark: true }],
    ['vic', '/scans', { size: PHONE }],
  ] as const)(
    '%s on %s: axe finds nothing, nothing sticks out, everything can be pressed',
    async (who, path, look) => {
      const { page, context } = await pageOf(who, look)
      await page.goto(`${base}${path}`)
      const shots = process.env['CASTELLAN_SHOTS']
      if (shots !== undefined) {
        const name = `${who}${path.replaceAll('/', '_')}-${'size' in look ? 'phone' : 'desk'}-${'dark' in look ? 'dark' : 'light'}`
        await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
      }
      expect(await sticksOut(page)).toEqual([])
      expect(await smallTargets(page)).toEqual([])
      expect(await accessibilityFaults(page)).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
