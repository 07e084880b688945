import { says } from '../../../kernel/says.ts'
import { defineCheck, type TlsHost, type Finding } from '../../check.ts'
import { inconclusive, notApplicable, pass, review, unanswered } from '../answers.ts'

/** Only cipher suites with encryption, a certificate and forward secrecy are used. */
export default defineCheck({
  id: 'cipher-suites-strong',
  title: { pass: 'Only strong cipher suites are used', fail: 'A weak cipher suite is used' },
  fix: 'Take the intermediate settings of a current TLS guide at the place that ends TLS: ECDHE with AES-GCM or ChaCha20 for TLS 1.2, and whatever comes with 1.3.',
  needs: ['tls'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N',
  messages: {
    'scanning.cipher-suites-strong.weak': '{host} accepts suites with {set}.',
    'scanning.cipher-suites-strong.old': '{host} prefers {suite}, which has no forward secrecy or no authenticated encryption.',
    'scanning.cipher-suites-strong.strong': '{host} prefers {suite} and refuses what is weak.',
    'scanning.cipher-suites-strong.new': '{host} speaks TLS 1.3 alone, which has no weak suites.',
    'scanning.cipher-suites-strong.untried': '{host} could not be offered every suite.',
    'scanning.cipher-suites-strong.no_host': 'The app runs on the platform and has no host of its own.',
  },
  judge: ({ tls }) => {
    if (tls.hosts.length + tls.silent.length === 0) return [notApplicable('no_own_host', says('scanning.cipher-suites-strong.no_host'))]
    return [...tls.hosts.flatMap(judgeHost), ...unanswered(tls.silent)]
  },
})

function judgeHost({ host, port, versions, suites }: TlsHost): readonly Finding[] {
  const where = `${host}:${port}`
  const tried = Object.entries(suites.weak)
  const weak = tried.flatMap(([set, answer]) => (answer === 'accepted' ? [set] : []))
  const old = suites.preferred !== null && !STRONG.test(suites.preferred)
  const found = [
    ...weak.map((set) => ({
      ...review(says('scanning.cipher-suites-strong.weak', { host: where, set }), where, `accepts ${set}`, { ...suites.weak }),
      reason: 'weak_suite',
    })),
    ...(old
      ? [
          {
            ...review(says('scanning.cipher-suites-strong.old', { host: where, suite: suites.preferred }), where, 'prefers an old suite', {
              suite: suites.preferred,
            }),
            reason: 'old_suite',
          },
        ]
      : []),
  ]
  if (found.length > 0) return found
  const known = suites.preferred !== null || (versions['TLSv1.2'] === 'refused' && versions['TLSv1.3'] === 'accepted')
  if (!known || tried.some(([, answer]) => answer === 'untried'))
    return [inconclusive('unavailable', 'theirs', says('scanning.cipher-suites-strong.untried', { host: where }), where)]
  const sentence =
    suites.preferred === null
      ? says('scanning.cipher-suites-strong.new', { host: where })
      : says('scanning.cipher-suites-strong.strong', { host: where, suite: suites.preferred })
  return [pass(sentence, where, 'weak suite', { ...suites.weak, preferred: suites.preferred })]
}

/** Keys for one session alone, and encryption that notices changes. */
const STRONG = /^TLS_(EC)?DHE_\w+_(GCM|POLY1305)_/
