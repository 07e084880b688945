import { says } from '../../../kernel/says.ts'
import type { Exchange, Finding } from '../../check.ts'
import { defineCheck } from '../../check.ts'
import { documents, fail, noDocument, noDocumentMessages, pass, review, unanswered } from '../answers.ts'
import { policiesWithTags, type ContentPolicy } from '../policies.ts'

/** Pages run only the scripts that they name. */
export default defineCheck({
  id: 'content-security-policy-strict',
  title: { pass: 'Pages run only the scripts that they name', fail: 'A page’s policy lets strange scripts run' },
  fix: 'Name the hosts of your scripts in `Content-Security-Policy: script-src`, use nonces for inline scripts, and leave out `unsafe-eval`, `*`, `http:` and `data:`.',
  needs: ['pages'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:N/A:N',
  messages: {
    ...noDocumentMessages('content-security-policy-strict'),
    'scanning.content-security-policy-strict.strict': '{where} runs scripts only from {sources}.',
    'scanning.content-security-policy-strict.wide': '{where} lets scripts run by {word}.',
    'scanning.content-security-policy-strict.missing': '{where} has no policy about scripts; a person must look.',
  },
  judge: ({ pages }) => {
    const seen = documents(pages, /html/)
    return seen.length === 0
      ? noDocument(pages, 'content-security-policy-strict')
      : [...seen.flatMap(judgePage), ...unanswered(pages.silent)]
  },
})

function judgePage(exchange: Exchange): readonly Finding[] {
  const where = exchange.url
  const lists = policiesWithTags(exchange).flatMap((policy) => {
    const sources = scriptSources(policy)
    return sources === undefined ? [] : [sources]
  })
  const [first] = lists
  if (first === undefined)
    return [review(says('scanning.content-security-policy-strict.missing', { where }), where, 'no_script_policy', {})]
  // All policies hold at once: what one of them forbids is forbidden.
  const wide = lists.map(wideWords).reduce((left, right) => left.filter((word) => right.includes(word)))
  const sources = first.join(' ').slice(0, 300)
  if (wide.length === 0) {
    const params = { where, sources: sources === '' ? 'nowhere' : sources }
    return [pass(says('scanning.content-security-policy-strict.strict', params), where, 'script policy', { sources })]
  }
  return wide.map((word) => ({
    ...fail(says('scanning.content-security-policy-strict.wide', { where, word }), where, `scripts by ${word}`, { sources }),
    // Inline scripts need a hole in the page first.
    ...(word === "'unsafe-inline'" ? { vector: 'CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:C/C:L/I:N/A:N' } : {}),
  }))
}

/** What scripts are judged by: the directive of their own, or the one for everything. */
const scriptSources = (policy: ContentPolicy): readonly string[] | undefined =>
  (policy.get('script-src') ?? policy.get('default-src'))?.map((word) => word.toLowerCase())

/** Words that let in what the page does not name, as browsers read them (CSP level 3, sections 6.7.2 and 6.7.3). */
function wideWords(sources: readonly string[]): readonly Wide[] {
  const named = sources.some((word) => /^'(nonce|sha256|sha384|sha512)-/.test(word))
  const dynamic = named && sources.includes("'strict-dynamic'")
  return WIDE.filter((word) => {
    if (word === "'unsafe-eval'") return sources.includes(word)
    if (word === "'unsafe-inline'") return sources.includes(word) && !named
    if (dynamic) return false
    if (word === 'http:') return sources.some((source) => source === 'http:' || source.startsWith('http://'))
    if (word === '*') return sources.some((source) => /^(https?:\/\/)?\*(:(\*|\d+))?\/?$/.test(source) || source === 'https:')
    return sources.includes(word)
  })
}

const WIDE = ['*', 'http:', 'data:', "'unsafe-eval'", "'unsafe-inline'"] as const
type Wide = (typeof WIDE)[number]
