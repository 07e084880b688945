import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass, review, unanswered } from '../answers.ts'

/** The descriptor is served as registered. */
export default defineCheck({
  id: 'descriptor-reachable',
  title: { pass: 'The descriptor is served as registered', fail: 'The descriptor cannot be fetched' },
  fix: 'Serve the descriptor at the address that was registered, without a login.',
  needs: ['descriptor', 'front'],
  risk: 'passive',
  cvss: null,
  messages: {
    'scanning.descriptor-reachable.same': '{where} serves the registered descriptor.',
    'scanning.descriptor-reachable.changed': '{where} serves another descriptor than the registered one; a person must look.',
    'scanning.descriptor-reachable.refused': '{where} answers {status}.',
    'scanning.descriptor-reachable.error': '{where} answers {status}; nothing can be said.',
    'scanning.descriptor-reachable.moved': '{where} answers {status} and leads elsewhere; a person must look.',
    'scanning.descriptor-reachable.silent': '{where} did not answer.',
    'scanning.descriptor-reachable.uploaded': 'The descriptor was given as a file and has no address.',
  },
  judge: ({ descriptor, front }) => {
    const where = descriptor.source_url
    if (where === null) return [notApplicable('uploaded', says('scanning.descriptor-reachable.uploaded'))]
    const exchange = front.seen.find((one) => one.url === where || one.url === new URL(where).href)
    if (exchange === undefined) {
      const silent = front.silent.filter((one) => one.where === where.replace(/[?#].*$/, ''))
      if (silent.length > 0) return unanswered(silent)
      return [inconclusive('unavailable', 'theirs', says('scanning.descriptor-reachable.silent', { where }), where)]
    }
    const { status } = exchange
    const proof = { status, body_sha256: exchange.body_sha256, registered: descriptor.description.digest }
    if (status >= 500 || status === 429)
      return [inconclusive('unavailable', 'theirs', says('scanning.descriptor-reachable.error', { where, status }), where)]
    if (status >= 300 && status < 400)
      return [review(says('scanning.descriptor-reachable.moved', { where, status }), where, 'moved', proof)]
    if (status >= 400) return [fail(says('scanning.descriptor-reachable.refused', { where, status }), where, 'not served', proof)]
    return exchange.body_sha256 === descriptor.description.digest
      ? [pass(says('scanning.descriptor-reachable.same', { where }), where, 'not served', proof)]
      : [review(says('scanning.descriptor-reachable.changed', { where }), where, 'changed', proof)]
  },
})
