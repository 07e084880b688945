import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { freePort } from '../demo/mark.ts'
import { HOUR_MS } from '../src/kernel/time.ts'
import { reviewPolicy } from './applications.ts'
import { accessibilityFaults, DESK, openBrowser, openProfile, PHONE, smallTargets, sticksOut } from './browser.ts'
import { exampleApp } from './example-app.ts'
import { LEAST, packFolder } from './packs.ts'
import { clientOf, KEEPERS, served } from './served.ts'

/** A programme that is applied for: what a scan sees, a soak of a day, and a drill that the operator arranges. Two people grant. */
function programme(): string {
  const { revisions: _, ...rest } = LEAST.requirement
  const scanned = (name: string, check: string) => ({ ...rest, id: `care.${name}`, title: name, verified_by: 'scan', met_when: { check } })
  const review = {
    ...reviewPolicy(),
    eligibility: ['care.certificate'],
    components: [
      { id: 'transport', title: 'Transport', says: 'How it is reached.', requirements: ['care.certificate', 'care.hsts'] },
      {
        id: 'together',
        title: 'Working together',
        says: 'Tried once, together.',
        requirements: ['care.drill'],
        runs: [
          {
            id: 'drill',
            title: 'Incident drill',
            says: 'A made-up incident is opened and closed.',
            confirms: { kind: 'drill', state: 'done' },
          },
        ],
      },
    ],
  }
  return packFolder({
    'programme.yaml': {
      ...LEAST.programme,
      tiers: LEAST.programme.tiers.map((tier) => ({ ...tier, application: 'required', reviewers: 2 })),
    },
    'requirements/care/answers.yaml': null,
    'requirements/care/hsts.yaml': { ...scanned('hsts', 'hsts-enabled'), soak: 'P1D' },
    'requirements/care/certificate.yaml': scanned('certificate', 'certificate-valid'),
    'requirements/care/drill.yaml': {
      ...rest,
      id: 'care.drill',
      title: 'drill',
      verified_by: 'record',
      met_when: { record: { kind: 'drill', states: ['done'] } },
    },
    'policies/review.yaml': review,
  })
}

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

/** Somebody at a browser of their own, who came in by a link. */
async function somebody(link: string, name: string | null, size: typeof DESK | typeof PHONE = DESK): Promise<Page> {
  const context = await openProfile(browser, { size })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('dialog', (dialog) => {
    throw new Error(`a script said ${dialog.message()}`)
  })
  await page.goto(link)
  if (name !== null) await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: /^(Sign in|Join)$/ }).click()
  return page
}

const [keeper] = KEEPERS
if (keeper === undefined) throw new Error('there is an embedded engine')

describe('a partner from the first visit to the badge, in a browser', () => {
  it(
    'registers, proves, applies, brings evidence, mends what is asked, soaks, and is approved by two people',
    { timeout: 480_000 },
    async () => {
      const app = await exampleApp()
      const place = await keeper.keep()
      onTestFinished(place.drop)
      const port = String(await freePort(undefined))
      const server = await served(place, {
        programmes: [programme()],
        targets: [`127.0.0.1:${app.port}`],
        ca: app.ca,
        environment: { PORT: port },
      })
      onTestFinished(server.kill)
      const { url } = server

      // The operator: an administrator, who invites a second reviewer and the partner.
      const ann = await somebody(await server.adminLink(), null)
      const invite = async (role: string, text = 'Invite'): Promise<string> => {
        await ann.getByLabel('As', { exact: true }).selectOption(role)
        await ann.getByRole('button', { name: text }).click()
        return (await ann.locator('#invited ~ p code').textContent()) ?? ''
      }
      await ann.goto(`${url}/organisations`)
      await ann.getByRole('link', { name: /./ }).and(ann.locator('main a')).first().click()
      const bob = await somebody(await invite('operator-reviewer'), 'Bob')
      await ann.goto(`${url}/organisations`)
      await ann.getByLabel('Name').fill('Acme')
      await ann.getByRole('button', { name: 'Add' }).click()
      await ann.goto(`${url}/organisations`)
      await ann.getByRole('link', { name: 'Acme' }).click()
      // The partner is on a phone.
      const mia = await somebody(await invite('partner-admin'), 'Mia', PHONE)

      // Register, details, proof of the domain.
      await mia.goto(`${url}/register`)
      await mia.getByLabel('Address', { exact: false }).first().fill(app.descriptor)
      await mia.getByRole('button', { name: /register/i }).click()
      await mia.waitForURL(/\/details/)
      const here = mia.url().replace(/\/details.*$/, '')
      await mia.getByLabel('Base URLs').fill(`https://127.0.0.1:${app.port}`)
      await mia.getByLabel('Health path').fill('/health')
      await mia.getByLabel('Mailbox for alerts').fill('alerts@acme.example')
      await mia.getByRole('button', { name: 'Save' }).click()
      await app.prove(((await mia.locator('pre[aria-labelledby="token"]').textContent()) ?? '').trim())
      await mia.getByRole('button', { name: 'Look for the token now' }).click()
      await mia.getByText('Control of 127.0.0.1 is proven').waitFor()

      // Readiness before anybody applies; the scanner looks by itself.
      await mia.goto(`${here}/applications`)
      await mia.getByRole('link', { name: 'Good' }).click()
      const thread = mia.url()
      await vi.waitFor(
        async () => {
          await mia.goto(thread)
          expect(await mia.getByRole('button', { name: 'Apply for Good' }).count()).toBe(1)
        },
        { timeout: 60_000, interval: 500 },
      )
      expect(await mia.getByText('1 requirement of 3 is in the way of the badge.').count()).toBe(1)
      await mia.getByRole('button', { name: 'Apply for Good' }).click()
      await mia.getByText('The app has applied.').waitFor()
      await mia.locator('#turn ~ .panel').getByText('Operator’s turn').waitFor()

      // Evidence, with a file whose name plays tricks.
      await mia.getByText('Bring evidence').click()
      await mia
        .getByLabel('File')
        .setInputFiles({ name: 'po"<b>licy.html', mimeType: 'text/html', buffer: Buffer.from('Our <script>policy</script>.') })
      await mia.getByLabel('What it shows').selectOption('care.hsts')
      await mia.getByRole('button', { name: 'Bring it' }).click()
      await mia.getByText('The evidence is on the thread.').waitFor()
      const saved = mia.waitForEvent('download')
      await mia.getByRole('link', { name: 'po"<b>licy.html' }).click()
      expect((await saved).suggestedFilename()).toMatch(/\.txt$/)
      // A file that is an archive is refused beside its field, and the page stays.
      await mia.getByText('Bring evidence').click()
      await mia
        .getByLabel('File')
        .setInputFiles({ name: 'all.zip', mimeType: 'application/zip', buffer: Buffer.from('504b0304140000', 'hex') })
      await mia.getByRole('button', { name: 'Bring it' }).click()
      await mia.locator('#file-error').waitFor()

      expect(await sticksOut(mia)).toEqual([])

      // Triage by the operator, from the queue: changes are asked for, and answered.
      await ann.goto(`${url}/overview`)
      await ann.getByRole('link', { name: /open application/ }).click()
      await ann.getByRole('link', { name: /./ }).and(ann.locator('main table a')).first().click()
      expect(ann.url()).toBe(thread)
      await ann.getByText('Ask for changes').first().click()
      await ann.getByLabel('Transport').check()
      await ann.getByLabel('What to change, and why').fill('Please say how long the header has been sent.')
      await ann.getByRole('button', { name: 'Ask for changes' }).click()
      await ann.getByText('The partner is asked for changes').waitFor()
      await mia.goto(thread)
      await mia.getByText('Please say how long the header has been sent.').waitFor()
      await mia.locator('#turn ~ .panel').getByText('Partner’s turn').waitFor()
      await mia.getByLabel('What you have changed').fill('Since the first release.')
      await mia.getByRole('button', { name: 'Answer and hand back' }).click()
      await mia.getByText('Answered. The operator has the turn.').waitFor()

      // The look at each part, with the drill, and a note that the partner never sees.
      await ann.goto(thread)
      await ann.getByRole('button', { name: 'Complete: begin the look at each part' }).click()
      await ann.getByLabel('Note').fill('Between us: quick to answer.')
      await ann.getByRole('button', { name: 'Write the note' }).click()
      await ann.getByText('Noted.').waitFor()
      // The parts stand above as well, to be read; the forms come after them.
      const part = (title: string) => ann.locator('summary', { hasText: `${title}:` }).last()
      await part('Working together').click()
      await ann.getByRole('button', { name: 'Arrange “Incident drill”' }).click()
      await ann.getByText('The test run is arranged.').waitFor()
      await part('Working together').click()
      await ann.getByLabel('What was tried, and what happened').fill('Opened, answered within an hour, closed.')
      await ann.getByRole('button', { name: 'Record the result of “Incident drill”' }).click()
      await ann.getByText('Recorded.').waitFor()
      for (const title of ['Transport', 'Working together']) {
        await part(title).click()
        await ann.getByRole('button', { name: `Record the look at “${title}”` }).click()
        await ann.getByText('Recorded.').waitFor()
      }
      await ann.getByRole('button', { name: 'Hand over to the reviewers' }).click()
      await ann.getByText('The look at the parts is done.').waitFor()
      expect(await ann.getByRole('button', { name: 'Approve' }).count()).toBe(0)

      // The soak ends by the clock alone.
      await mia.goto(thread)
      await mia.getByText('Soaking since').waitFor()
      // In steps that keep everybody signed in.
      for (let hours = 0; hours < 25; hours += 5) {
        await server.advance(5 * HOUR_MS)
        for (const page of [ann, bob, mia]) await page.goto(thread)
      }
      await vi.waitFor(
        async () => {
          await ann.goto(thread)
          expect(await ann.getByLabel('Why you approve').count()).toBe(1)
        },
        { timeout: 60_000, interval: 500 },
      )

      // Two reviewers. The second had looked before the first decided, and is asked to look again.
      await bob.goto(thread)
      await ann.getByLabel('Why you approve').fill('Everything was seen.')
      await ann.getByRole('button', { name: 'Approve' }).click()
      await ann.getByText('1 of 2 reviewers approved on the standing as it is.').waitFor()
      await bob.getByLabel('Why you approve').fill('I looked as well.')
      await bob.getByRole('button', { name: 'Approve' }).click()
      await bob.getByText('somebody else has acted on this application').first().waitFor()
      expect(await bob.getByLabel('Why you approve').inputValue()).toBe('I looked as well.')
      await bob.getByRole('button', { name: 'Approve' }).click()
      await bob.getByText('The badge is granted.').first().waitFor()

      // What each of them sees is fit to be seen, at their size.
      for (const [page, path] of [
        [mia, thread],
        [ann, thread],
        [ann, `${url}/applications`],
        [mia, `${here}/applications`],
        [mia, `${url}/programmes/least`],
      ] as const) {
        await page.goto(path)
        expect([path, await accessibilityFaults(page), await sticksOut(page), await smallTargets(page)]).toEqual([path, [], [], []])
        expect(await page.locator('script, [onload], [onerror], [style]').count()).toBe(0)
      }
      await mia.goto(thread)
      expect(await mia.content()).not.toContain('Between us')

      // The world sees the badge at once, and how long it took.
      const nobody = await (await openProfile(browser, { size: DESK })).newPage()
      onTestFinished(() => nobody.context().close())
      await nobody.goto(here)
      expect(await nobody.locator('main').textContent()).toMatch(/Active/)
      const turns = (await clientOf(url).ask('/api/v1/programmes/least/turns')).body
      expect(turns).toMatchObject({ granted: 1, declined: 0 })
      await nobody.goto(thread)
      expect(nobody.url()).toContain('/sign-in')
    },
  )
})
