import { existsSync } from 'node:fs'
import axe from 'axe-core'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

/** A real headless Chromium: the machine's own, else the one that an npm package brings. Both start with our own flags. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await chromiumPath()
  return chromium.launch({
    executablePath,
    // The machine's user may be root, and no GPU is there. `--single-process`, which the package would add, dies on close.
    args: ['--no-sandbox', '--headless=shell', '--disable-gpu', '--hide-scrollbars', '--force-color-profile=srgb'],
  })
}

const OWN = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable', '/usr/bin/google-chrome']

async function chromiumPath(): Promise<string> {
  const named = process.env['CHROMIUM']
  if (named !== undefined && named !== '') return named
  const own = OWN.find((path) => existsSync(path))
  if (own !== undefined) return own
  const packaged = await import('@sparticuz/chromium')
  return packaged.default.executablePath()
}

/** The sizes that pages are proven at, in CSS pixels. */
export const PHONE = { width: 375, height: 812 } as const
export const DESK = { width: 1_280, height: 900 } as const

/** A fresh profile: no cookies, one size, one colour scheme, English, UTC, no motion. */
export const openProfile = (
  browser: Browser,
  of: { readonly size: typeof PHONE | typeof DESK | { width: number; height: number }; readonly dark?: boolean },
): Promise<BrowserContext> =>
  browser.newContext({
    viewport: of.size,
    colorScheme: of.dark === true ? 'dark' : 'light',
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  })

/** WCAG 2.0 to 2.2, A and AA. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/**
 * What axe finds on a page, as sentences with the elements; empty when it finds nothing. It is run in the page itself: our
 * pages hold no frames, and what it takes to look into those costs ten times as long.
 */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  if (page.frames().length > 1) throw new Error('this page has frames, into which this does not look')
  if ((await page.evaluate(`typeof axe`)) !== 'object') await page.evaluate(axe.source)
  type Violation = { readonly id: string; readonly help: string; readonly nodes: readonly { readonly html: string }[] }
  const options = JSON.stringify({ runOnly: { type: 'tag', values: TAGS }, resultTypes: ['violations'] })
  const violations = await inPage<readonly Violation[]>(page, `async () => (await axe.run(document, ${options})).violations`)
  return violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${violation.help} (${node.html.slice(0, 200)})`))
}

/** Elements that stick out of the page to the right: a reader would have to scroll in two directions. */
export const sticksOut = (page: Page): Promise<readonly string[]> =>
  inPage(
    page,
    `() => {
      const width = document.documentElement.clientWidth
      if (document.documentElement.scrollWidth <= width) return []
      return [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > width + 1)
        .map((element) => element.tagName + '.' + element.getAttribute('class') + ' ' + element.textContent.slice(0, 60))
    }`,
  )

/** Things to press that are smaller than 24 by 24 pixels. Links inside a sentence are exempt (WCAG 2.5.8, inline). */
export const smallTargets = (page: Page): Promise<readonly string[]> =>
  inPage(
    page,
    `() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect()
        if (width === 0 || height === 0 || element.closest('.skip') !== null) return false
        const inline = element.tagName === 'A' && getComputedStyle(element).display === 'inline'
        return !inline && (width < 24 || height < 24)
      })
      .map((element) => element.tagName + ' ' + element.textContent.trim().slice(0, 60))`,
  )

/** A stop of the Tab key: its accessible name, what it is, whether it is the page's own, and whether its focus can be seen. */
export type Stop = { readonly name: string; readonly visible: boolean; readonly what: string; readonly in_main: boolean }

/** What the Tab key reaches, in order, until it leaves the page. */
export async function walkByKeyboard(page: Page, most = 400): Promise<readonly Stop[]> {
  const walked: Stop[] = []
  await inPage(page, `() => document.activeElement?.blur()`)
  for (let step = 0; step < most; step++) {
    await page.keyboard.press('Tab')
    const stop = await inPage<Stop | null>(
      page,
      `() => {
        const element = document.activeElement
        if (element === null || element === document.body) return null
        const { outlineStyle, outlineWidth } = getComputedStyle(element)
        const labelledby = element.getAttribute('aria-labelledby')
        const name = element.getAttribute('aria-label')
          ?? (labelledby === null ? null : document.getElementById(labelledby)?.textContent)
          ?? element.labels?.[0]?.textContent
          ?? element.textContent
        const kinds = { A: 'link', BUTTON: 'button', SUMMARY: 'disclosure', SELECT: 'choice', TEXTAREA: 'text of several lines' }
        const what = element.tagName === 'INPUT' ? { checkbox: 'checkbox', radio: 'option', date: 'date', file: 'file' }[element.type] ?? 'text' : kinds[element.tagName] ?? 'region'
        return {
          name: name.trim().replaceAll(/\\s+/g, ' '),
          visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
          what,
          in_main: element.closest('main') !== null,
        }
      }`,
    )
    if (stop === null) break
    walked.push(stop)
  }
  return walked
}

/** Runs a function in the page. Its text goes over the debugger, so the page's own policy against scripts stays as it is; a text, since our types know no DOM. */
const inPage = <T>(page: Page, script: string): Promise<T> => page.evaluate<T>(`(${script})()`)
