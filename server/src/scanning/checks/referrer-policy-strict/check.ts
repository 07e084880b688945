import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { fail, headers, documents, noDocument, noDocumentMessages, pass } from '../answers.ts'

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
    const seen = documents(pages)
    if (seen.length === 0) return [noDocument(pages, 'referrer-policy-strict')]
    return seen.map((exchange) => {
      const where = exchange.url
      const written = headers(exchange, 'referrer-policy').join(',')
      // An unknown word is skipped, so that a list can fall back (W3C Referrer Policy, section 8.1).
      const policy = written
        .toLowerCase()
        .split(',')
        .map((word) => word.trim())
        .findLast((word) => KNOWN.has(word))
      if (policy === undefined)
        return fail(says('scanning.referrer-policy-strict.missing', { where }), where, 'referrer policy missing', { header: written })
      if (LOOSE.has(policy))
        return fail(says('scanning.referrer-policy-strict.loose', { where, policy }), where, 'referrer policy loose', { header: written })
      return pass(says('scanning.referrer-policy-strict.strict', { where, policy }), where, 'referrer policy', { header: written })
    })
  },
})

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
