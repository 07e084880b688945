import type { Artifacts, Exchange, Finding, Silent } from '../check.ts'
import { says, type Says } from '../../kernel/says.ts'

/** The first value of a header, or null; header names have no case. */
export const header = (exchange: Pick<Exchange, 'headers'>, name: string): string | null => headers(exchange, name)[0] ?? null

/** All values of a header, in order. */
export const headers = (exchange: Pick<Exchange, 'headers'>, name: string): readonly string[] =>
  exchange.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)

/** Pages that gave a document of their own to a visitor who is not signed in: only those can keep or break a rule about page headers. */
export const documents = (pages: Artifacts['pages'], types: RegExp): readonly Exchange[] =>
  pages.bare
    .filter((page) => !page.cacheable && !isShell(page.exchange, pages.random))
    .map((page) => page.exchange)
    .filter(({ status, ...exchange }) => status >= 200 && status < 300 && status !== 204 && types.test(contentType(exchange)))

/** True for what any path of the host gets: the shell of an app that fills itself in the browser. */
export const isShell = (exchange: Exchange, random: readonly Exchange[]): boolean =>
  random.some(
    (other) =>
      other.status >= 200 &&
      other.status < 300 &&
      other.body_sha256 === exchange.body_sha256 &&
      new URL(other.url).origin === new URL(exchange.url).origin,
  )

/** The media type of an answer in lower case, or nothing. */
export const contentType = (exchange: Pick<Exchange, 'headers'>): string => (header(exchange, 'content-type') ?? '').toLowerCase()

/** Shortest ways to write a finding. `at` is where, `proof` what shows it. */
export const pass = (sentence: Says, where: string, defect: string, proof: Finding['proof'] = {}): Finding => ({
  outcome: 'pass',
  says: sentence,
  where,
  defect,
  proof,
})
export const fail = (sentence: Says, where: string, defect: string, proof: Finding['proof'] = {}): Finding => ({
  outcome: 'fail',
  says: sentence,
  where,
  defect,
  proof,
})
export const review = (sentence: Says, where: string, defect: string, proof: Finding['proof'] = {}): Finding => ({
  outcome: 'review',
  reason: defect,
  says: sentence,
  where,
  defect,
  proof,
})
export const notApplicable = (reason: string, sentence: Says): Finding => ({
  outcome: 'not_applicable',
  reason,
  says: sentence,
  where: '',
  defect: reason,
  proof: {},
})
export const inconclusive = (reason: string, blind: 'ours' | 'theirs', sentence: Says, where = ''): Finding => ({
  outcome: 'inconclusive',
  reason,
  blind,
  says: sentence,
  where,
  defect: reason,
  proof: {},
})

/** What is said of addresses that gave no answer: nothing, and whose doing that is. */
export const unanswered = (silent: readonly Silent[]): readonly Finding[] =>
  silent.map(({ where, reason, blind, detail }) => inconclusive(reason, blind, says('scanning.silent', { where, detail }), where))

/** What a rule about page headers says when no page could show it: nothing to judge, or only refusals without a signed-in look. */
export function noDocument(pages: Artifacts['pages'], check: string): readonly Finding[] {
  const judged = pages.bare.filter((page) => !page.cacheable)
  if (pages.silent.length > 0) return unanswered(pages.silent)
  return judged.length === 0
    ? [notApplicable('no_pages', says(`scanning.${check}.no_pages`))]
    : [inconclusive('no_control', 'ours', says(`scanning.${check}.no_control`, { pages: judged.length }))]
}

/** The sentences that go with `noDocument`. */
export const noDocumentMessages = (check: string): Record<string, string> => ({
  [`scanning.${check}.no_pages`]: 'The descriptor declares no pages on the app’s own hosts that show somebody’s data.',
  [`scanning.${check}.no_control`]:
    'None of the {pages} pages showed a document of its own to a visitor who is not signed in, so what users get could not be seen.',
})
