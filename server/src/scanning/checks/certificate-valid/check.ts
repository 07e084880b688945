import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass } from '../answers.ts'

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
    'scanning.certificate-valid.invalid': 'The certificate of {host} is not accepted: {problem}.',
    'scanning.certificate-valid.unseen': '{host} showed no certificate.',
    'scanning.certificate-valid.no_host': 'The app runs on the platform and has no host of its own.',
  },
  judge: ({ tls }) => {
    if (tls.length === 0) return [notApplicable('no_own_host', says('scanning.certificate-valid.no_host'))]
    return tls.map(({ host, port, certificate }) => {
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
      return pass(
        says('scanning.certificate-valid.valid', { host: where, until: certificate.valid_to.slice(0, 10) }),
        where,
        'certificate',
        proof,
      )
    })
  },
})
