import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import type { Exchange } from '../../check.ts'
import { documents, fail, headers, noDocument, noDocumentMessages, pass, unanswered } from '../answers.ts'

/** Pages keep their URLs to themselves. */
export default defineCheck({
  id: 'referrer-policy-strict',
  title: { pass: 'Pages keep their URLs to themselves', fail: 'Pages may send their full URL to other sites' },
  fix: 'Send `Referrer-Policy: strict-origin-when-cross-origin` or stricter with every page.',
  needs: ['pages'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N',
  messages: {
    ...noDocumentMessages('referrer-policy-strict'),
    'scanning.referrer-policy-strict.missing': '{where} sets no Referrer-Policy.',
    'scanning.referrer-policy-strict.loose': '{where} sets "{policy}", which sends whole URLs to other sites.',
    'scanning.referrer-policy-strict.strict': '{where} sets "{policy}".',
  },
  judge: ({ pages }) => {
    const seen = documents(pages, /html/)
    if (seen.length === 0) return noDocument(pages, 'referrer-policy-strict')
    const judged = seen.map((exchange) => {
      const where = exchange.url
      const written = headers(exchange, 'referrer-policy').join(',')
      const policy = metaPolicy(exchange) ?? lastKnown(written)
      if (policy === undefined)
        return fail(says('scanning.referrer-policy-strict.missing', { where }), where, 'referrer policy missing', { header: written })
      if (LOOSE.has(policy))
        return fail(says('scanning.referrer-policy-strict.loose', { where, policy }), where, 'referrer policy loose', { header: written })
      return pass(says('scanning.referrer-policy-strict.strict', { where, policy }), where, 'referrer policy', { header: written })
    })
    return [...judged, ...unanswered(pages.silent)]
  },
})

/** An unknown word is skipped, so that a list can fall back (W3C Referrer Policy, section 8.1). */
const lastKnown = (written: string): string | undefined =>
  written
    .toLowerCase()
    .split(',')
    .map((word) => word.trim())
    .findLast((word) => KNOWN.has(word))

/** `<meta name="referrer">` comes after the header and wins over it (HTML, section 4.2.5.1). */
function metaPolicy(exchange: Exchange): string | undefined {
  const tag = exchange.body.match(/<meta\b[^>]{0,300}\bname\s{0,4}=\s{0,4}["']?referrer\b[^>]{0,300}>/i)?.[0]
  const content = tag?.match(/\bcontent\s{0,4}=\s{0,4}["']?([\w-]{1,50})/i)?.[1]?.toLowerCase()
  return content !== undefined && KNOWN.has(content) ? content : undefined
}

const LOOSE = new Set(['unsafe-url', 'no-referrer-when-downgrade'])
const KNOWN = new Set([
  ...LOOSE,
  'no-referrer',
  'same-origin',
  'origin',
  'strict-origin',
  'origin-when-cross-origin',
  'strict-origin-when-cross-origin',
])
