import type { Artifacts, Exchange, Finding } from '../check.ts'
import { says, type Says } from '../../kernel/says.ts'

/** The first value of a header, or null; header names have no case. */
export const header = (exchange: Exchange, name: string): string | null => headers(exchange, name)[0] ?? null

/** All values of a header, in order. */
export const headers = (exchange: Exchange, name: string): readonly string[] =>
  exchange.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)

/** Pages that answered with a document: only those can keep or break a rule about page headers. */
export const documents = (pages: Artifacts['pages']): readonly Exchange[] =>
  pages.bare
    .map((page) => page.exchange)
    .filter(
      (exchange) =>
        exchange.status >= 200 &&
        exchange.status < 300 &&
        exchange.status !== 204 &&
        /html|json/i.test(header(exchange, 'content-type') ?? ''),
    )

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

/** What a rule about page headers says when no page could show it: nothing to judge, or only refusals without a signed-in look. */
export function noDocument(pages: Artifacts['pages'], check: string): Finding {
  return pages.bare.length === 0
    ? notApplicable('no_pages', says(`scanning.${check}.no_pages`))
    : inconclusive('no_control', 'ours', says(`scanning.${check}.no_control`, { pages: pages.bare.length }))
}

/** The sentences that go with `noDocument`. */
export const noDocumentMessages = (check: string): Record<string, string> => ({
  [`scanning.${check}.no_pages`]: 'The descriptor declares no pages on the app’s own hosts.',
  [`scanning.${check}.no_control`]: 'All {pages} pages refused a visitor who is not signed in; their documents could not be seen.',
})
