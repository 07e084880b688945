import { getDomain } from 'tldts'
import { says } from '../../../kernel/says.ts'
import type { Exchange, Finding } from '../../check.ts'
import { defineCheck } from '../../check.ts'
import { documents, headers, noDocument, noDocumentMessages, pass, review, unanswered } from '../answers.ts'
import { policiesOf } from '../policies.ts'

/** Pages say who may frame them. */
export default defineCheck({
  id: 'framing-limited',
  title: { pass: 'Pages say who may frame them', fail: 'Pages may be framed by anybody' },
  fix: 'Send `Content-Security-Policy: frame-ancestors` with the host product’s addresses, and nothing wider, with every page.',
  needs: ['pages'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:L/A:N',
  messages: {
    ...noDocumentMessages('framing-limited'),
    'scanning.framing-limited.limited': '{where} may be framed by {ancestors} only.',
    'scanning.framing-limited.denied': '{where} may not be framed by other sites ({value}); no host product can show it so.',
    'scanning.framing-limited.open': '{where} may be framed by {ancestors}; a person must look whether that is wanted.',
    'scanning.framing-limited.missing': '{where} does not say who may frame it; a person must look whether that is wanted.',
  },
  judge: ({ pages }) => {
    const seen = documents(pages, /html/)
    return seen.length === 0 ? noDocument(pages, 'framing-limited') : [...seen.map(judgePage), ...unanswered(pages.silent)]
  },
})

function judgePage(exchange: Exchange): Finding {
  const where = exchange.url
  const said = policiesOf(exchange).flatMap((policy) => {
    const ancestors = policy.get('frame-ancestors')
    return ancestors === undefined ? [] : [ancestors]
  })
  const frame_options = headers(exchange, 'x-frame-options').join(', ')
  if (said.length > 0) {
    // All policies hold at once, so one that is narrow is enough.
    const narrow = said.find((ancestors) => !ancestors.some(isAnybody))
    const ancestors = (narrow ?? said.flat()).join(' ').slice(0, 300)
    const params = { where, ancestors: ancestors === '' ? 'nobody' : ancestors }
    return narrow === undefined
      ? review(says('scanning.framing-limited.open', params), where, 'framed_by_anybody', { ancestors })
      : pass(says('scanning.framing-limited.limited', params), where, 'framing', { ancestors })
  }
  // Browsers look at X-Frame-Options only where no policy limits framing; ALLOW-FROM is known by none of them any more.
  if (/^(deny|sameorigin)(\s*,\s*(deny|sameorigin))*$/i.test(frame_options.trim()))
    return pass(says('scanning.framing-limited.denied', { where, value: frame_options }), where, 'framing', { frame_options })
  return review(says('scanning.framing-limited.missing', { where }), where, 'framing_not_limited', { frame_options })
}

/** A source that lets everybody in: all hosts, a bare scheme, or all names of a public suffix. */
function isAnybody(source: string): boolean {
  if (/^(\*|https?:|\*:\*)$/i.test(source) || /^(https?:\/\/)?\*(:(\*|\d+))?\/?$/i.test(source)) return true
  const wild = /^(?:https?:\/\/)?\*\.([^/:]+)/i.exec(source)?.[1]
  return wild !== undefined && getDomain(wild, { allowPrivateDomains: true }) === null
}
