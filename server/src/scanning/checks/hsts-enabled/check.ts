import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { isOwn, scopeOf } from '../../scope.ts'
import { fail, header, inconclusive, notApplicable, pass, unanswered } from '../answers.ts'

/** HTTPS is enforced with HSTS. */
export default defineCheck({
  id: 'hsts-enabled',
  title: { pass: 'HTTPS is enforced with HSTS', fail: 'HSTS is missing or too short' },
  fix: 'Send `Strict-Transport-Security: max-age=31536000; includeSubDomains` on every HTTPS response, errors included.',
  needs: ['descriptor', 'front'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:N',
  messages: {
    'scanning.hsts-enabled.missing': '{where} answers without Strict-Transport-Security.',
    'scanning.hsts-enabled.short': '{where} enforces HTTPS for {seconds} s only; a year is 31536000 s.',
    'scanning.hsts-enabled.invalid': '{where} sends a Strict-Transport-Security that has no valid max-age.',
    'scanning.hsts-enabled.long': '{where} enforces HTTPS for {seconds} s.',
    'scanning.hsts-enabled.no_base': 'No base URL is known.',
    'scanning.hsts-enabled.no_host': 'The app runs on the platform and has no host of its own.',
  },
  judge: ({ descriptor, front }) => {
    // The descriptor may lie with somebody else, whose headers are not the app's.
    const scope = scopeOf(descriptor.description)
    const own = front.seen.filter((exchange) => isOwn(exchange.url, scope))
    const silent = front.silent.filter(({ where }) => isOwn(where, scope))
    if (own.length + silent.length === 0) {
      return descriptor.description.hosting === 'platform'
        ? [notApplicable('no_own_host', says('scanning.hsts-enabled.no_host'))]
        : [inconclusive('not_supplied', 'theirs', says('scanning.hsts-enabled.no_base'))]
    }
    const judged = own.map((exchange) => {
      const value = header(exchange, 'strict-transport-security')
      const where = exchange.url
      const proof = { header: value, status: exchange.status }
      if (value === null) return fail(says('scanning.hsts-enabled.missing', { where }), where, 'hsts missing', proof)
      const seconds = maxAge(value)
      if (seconds === null) return fail(says('scanning.hsts-enabled.invalid', { where }), where, 'hsts invalid', proof)
      if (seconds < YEAR_SECONDS) return fail(says('scanning.hsts-enabled.short', { where, seconds }), where, 'hsts short', proof)
      return pass(says('scanning.hsts-enabled.long', { where, seconds }), where, 'hsts', proof)
    })
    return [...judged, ...unanswered(silent)]
  },
})

const YEAR_SECONDS = 31_536_000

/** RFC 6797, section 6.1: a directive may be quoted; one that appears twice makes the field invalid. */
function maxAge(value: string): number | null {
  const found = value.split(';').flatMap((directive) => {
    const [name, number] = directive.split('=')
    return name?.trim().toLowerCase() === 'max-age' ? [(number ?? '').trim().replace(/^"(.*)"$/, '$1')] : []
  })
  const [only] = found
  return found.length === 1 && only !== undefined && /^\d{1,12}$/.test(only) ? Number(only) : null
}
