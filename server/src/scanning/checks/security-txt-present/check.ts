import { says } from '../../../kernel/says.ts'
import { instant, ms } from '../../../kernel/time.ts'
import { defineCheck } from '../../check.ts'
import { fail, header, inconclusive, notApplicable, pass } from '../answers.ts'

/** A valid security.txt tells where to report holes. */
export default defineCheck({
  id: 'security-txt-present',
  title: { pass: 'A valid security.txt tells where to report holes', fail: 'There is no valid security.txt' },
  fix: 'Serve `/.well-known/security.txt` over https as text/plain with `Contact:` and an `Expires:` less than a year ahead.',
  needs: ['security_txt'],
  risk: 'read',
  cvss: null,
  messages: {
    'scanning.security-txt-present.valid': '{where} names {contacts} contacts and ends on {until}.',
    'scanning.security-txt-present.missing': '{where} answers {status}.',
    'scanning.security-txt-present.error': '{where} answers {status}; nothing can be said.',
    'scanning.security-txt-present.not_text': '{where} is not text/plain.',
    'scanning.security-txt-present.no_contact': '{where} has no Contact.',
    'scanning.security-txt-present.no_expires': '{where} has not exactly one valid Expires.',
    'scanning.security-txt-present.no_host': 'The app runs on the platform and has no host of its own.',
    'scanning.security-txt-present.expired': '{where} ended on {until}.',
  },
  judge: ({ security_txt: exchange }) => {
    if (exchange === null) return [notApplicable('no_own_host', says('scanning.security-txt-present.no_host'))]
    const { status, url: where } = exchange
    const say = (code: string, params: Record<string, string | number> = {}) =>
      says(`scanning.security-txt-present.${code}`, { where, status, ...params })
    if (status >= 500 || status === 429) return [inconclusive('unavailable', 'theirs', say('error'), where)]
    if (status < 200 || status >= 300) return [fail(say('missing'), where, 'missing', { status })]
    if (!/^text\/plain\b/i.test(header(exchange, 'content-type') ?? '')) return [fail(say('not_text'), where, 'not text', { status })]
    const fields = exchange.body.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':')
      return line.startsWith('#') || colon < 1 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const]
    })
    const contacts = fields.filter(([name, value]) => name === 'contact' && /^(https|mailto|tel):/i.test(value))
    if (contacts.length === 0) return [fail(say('no_contact'), where, 'no contact')]
    const expires = fields.filter(([name]) => name === 'expires').map(([, value]) => Date.parse(value))
    const [end] = expires
    if (expires.length !== 1 || end === undefined || Number.isNaN(end)) return [fail(say('no_expires'), where, 'no expires')]
    const until = instant(end).slice(0, 10)
    return end <= ms(exchange.at)
      ? [fail(say('expired', { until }), where, 'expired', { until })]
      : [pass(say('valid', { contacts: contacts.length, until }), where, 'invalid', { until })]
  },
})
