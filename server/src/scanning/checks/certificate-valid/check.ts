import { says } from '../../../kernel/says.ts'
import { between, DAY_MS } from '../../../kernel/time.ts'
import { defineCheck } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass, review, unanswered } from '../answers.ts'

/** The certificate is valid. */
export default defineCheck({
  id: 'certificate-valid',
  title: { pass: 'The certificate is valid', fail: 'The certificate is not valid' },
  fix: 'Serve a certificate of a public authority that names this host, with its full chain, and renew it before it ends.',
  needs: ['tls'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N',
  messages: {
    'scanning.certificate-valid.valid': 'The certificate of {host} is valid until {until}.',
    'scanning.certificate-valid.ends_soon': 'The certificate of {host} ends in {days} days, on {until}, and was not renewed yet.',
    'scanning.certificate-valid.invalid': 'The certificate of {host} is not accepted: {problem}.',
    'scanning.certificate-valid.unseen': '{host} showed no certificate.',
    'scanning.certificate-valid.no_host': 'The app runs on the platform and has no host of its own.',
  },
  judge: ({ tls }) => {
    if (tls.hosts.length + tls.silent.length === 0) return [notApplicable('no_own_host', says('scanning.certificate-valid.no_host'))]
    const judged = tls.hosts.map(({ host, port, certificate, at }) => {
      const where = `${host}:${port}`
      if (certificate === null)
        return inconclusive('unavailable', 'theirs', says('scanning.certificate-valid.unseen', { host: where }), where)
      const proof = {
        names: certificate.names.join(', ').slice(0, 500),
        valid_to: certificate.valid_to,
        fingerprint: certificate.fingerprint,
        problem: certificate.problem,
      }
      if (!certificate.trusted)
        return fail(
          says('scanning.certificate-valid.invalid', { host: where, problem: certificate.problem ?? 'not trusted' }),
          where,
          `certificate: ${certificate.problem ?? 'untrusted'}`,
          proof,
        )
      const until = certificate.valid_to.slice(0, 10)
      const left = between(at, certificate.valid_to)
      // Certificates of a few days are renewed when a third of their life is left, so for them less is soon.
      const soon = Math.min(SOON_DAYS * DAY_MS, between(certificate.valid_from, certificate.valid_to) / 3)
      if (left < soon) {
        const days = Math.max(0, Math.floor(left / DAY_MS))
        return review(says('scanning.certificate-valid.ends_soon', { host: where, until, days }), where, 'certificate_ends_soon', proof)
      }
      return pass(says('scanning.certificate-valid.valid', { host: where, until }), where, 'certificate', proof)
    })
    return [...judged, ...unanswered(tls.silent)]
  },
})

const SOON_DAYS = 14
