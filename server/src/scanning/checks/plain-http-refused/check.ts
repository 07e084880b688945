import { says } from '../../../kernel/says.ts'
import type { Exchange, Finding, Silent } from '../../check.ts'
import { defineCheck } from '../../check.ts'
import { fail, header, headers, inconclusive, notApplicable, pass, review } from '../answers.ts'

/** Nothing is served without TLS. */
export default defineCheck({
  id: 'plain-http-refused',
  title: { pass: 'Nothing is served without TLS', fail: 'Content or cookies are served over plain HTTP' },
  fix: 'Close port 80, or answer every plain request with 301 or 308 to the same address under https:// and nothing else.',
  needs: ['descriptor', 'plain_http'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N',
  messages: {
    'scanning.plain-http-refused.closed': '{where} takes no plain HTTP.',
    'scanning.plain-http-refused.to_https': '{where} sends the visitor to the same host under https ({status}).',
    'scanning.plain-http-refused.refused': '{where} refuses plain HTTP ({status}).',
    'scanning.plain-http-refused.content': '{where} serves content without TLS ({status}).',
    'scanning.plain-http-refused.cookie': '{where} sets a cookie without TLS.',
    'scanning.plain-http-refused.stays': '{where} redirects a plain visitor to another plain address.',
    'scanning.plain-http-refused.elsewhere': '{where} redirects a plain visitor to another host; a person must look where to.',
    'scanning.plain-http-refused.error': '{where} answers {status}; nothing can be said.',
    'scanning.plain-http-refused.silent': '{where} gave no answer over plain HTTP: {detail}.',
    'scanning.plain-http-refused.no_host': 'The app runs on the platform and has no host of its own.',
    'scanning.plain-http-refused.no_base': 'No base URL on a proven domain is known.',
  },
  judge: ({ descriptor, plain_http }) => {
    if (plain_http.seen.length + plain_http.silent.length === 0)
      return descriptor.description.hosting === 'platform'
        ? [notApplicable('no_own_host', says('scanning.plain-http-refused.no_host'))]
        : [inconclusive('not_supplied', 'theirs', says('scanning.plain-http-refused.no_base'))]
    return [...plain_http.seen.map(judgeAnswer), ...plain_http.silent.map(judgeSilence)]
  },
})

function judgeAnswer(exchange: Exchange): Finding {
  const { status, url: where } = exchange
  const location = header(exchange, 'location')
  const proof = { status, location, bytes: exchange.body_bytes }
  const sentence = (code: string) => says(`scanning.plain-http-refused.${code}`, { where, status })
  // A cookie on any answer has crossed the wire in the clear.
  if (headers(exchange, 'set-cookie').length > 0) return fail(sentence('cookie'), where, 'cookie over http', proof)
  if (status >= 500 || status === 429) return inconclusive('unavailable', 'theirs', sentence('error'), where)
  if (status >= 400) return pass(sentence('refused'), where, 'plain http', proof)
  if (status < 300 || status === 304)
    return status === 204 || (exchange.body_bytes === 0 && status !== 304)
      ? review(says('scanning.plain-http-refused.content', { where, status }), where, 'empty_answer', proof)
      : fail(sentence('content'), where, 'content over http', proof)
  const to = location !== null && URL.canParse(location, where) ? new URL(location, where) : null
  if (to === null) return review(sentence('elsewhere'), where, 'redirect', proof)
  if (to.protocol === 'http:') return fail(sentence('stays'), where, 'stays on http', proof)
  const same = to.protocol === 'https:' && to.hostname === new URL(where).hostname
  return same ? pass(sentence('to_https'), where, 'plain http', proof) : review(sentence('elsewhere'), where, 'redirect', proof)
}

/** A closed port, or one that speaks only TLS, is what is wanted; other silence says nothing. */
function judgeSilence({ where, reason, blind, detail }: Silent): Finding {
  return CLOSED.has(reason)
    ? pass(says('scanning.plain-http-refused.closed', { where }), where, 'plain http', { reason })
    : inconclusive(reason, blind, says('scanning.plain-http-refused.silent', { where, detail }), where)
}

const CLOSED = new Set(['connect', 'reset', 'bad_response'])
