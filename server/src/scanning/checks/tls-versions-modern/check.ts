import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass, unanswered } from '../answers.ts'

/** Only TLS 1.2 and newer is spoken. */
export default defineCheck({
  id: 'tls-versions-modern',
  title: { pass: 'Only TLS 1.2 and newer is spoken', fail: 'An outdated TLS version is accepted' },
  fix: 'Switch SSL 3.0, TLS 1.0 and TLS 1.1 off at the place that ends TLS (load balancer, CDN or web server) and keep 1.2 and 1.3.',
  needs: ['tls'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N',
  messages: {
    'scanning.tls-versions-modern.old': '{host} accepts {version}, which was retired years ago (RFC 7568, RFC 8996).',
    'scanning.tls-versions-modern.modern': '{host} accepts {versions} and refuses older versions.',
    'scanning.tls-versions-modern.untried': '{host} could not be asked for every TLS version.',
    'scanning.tls-versions-modern.silent': '{host} completed no TLS handshake.',
    'scanning.tls-versions-modern.no_host': 'The app runs on the platform and has no host of its own.',
  },
  judge: ({ tls }) => {
    if (tls.hosts.length + tls.silent.length === 0) return [notApplicable('no_own_host', says('scanning.tls-versions-modern.no_host'))]
    const judged = tls.hosts.flatMap(({ host, port, versions }) => {
      const where = `${host}:${port}`
      const old = OLD.filter((version) => versions[version] === 'accepted')
      if (old.length > 0)
        return old.map((version) =>
          fail(says('scanning.tls-versions-modern.old', { host: where, version }), where, `accepts ${version}`, { ...versions }),
        )
      const modern = MODERN.filter((version) => versions[version] === 'accepted')
      if (modern.length === 0)
        return [inconclusive('unavailable', 'theirs', says('scanning.tls-versions-modern.silent', { host: where }), where)]
      if (OLD.some((version) => versions[version] === 'untried'))
        return [inconclusive('unavailable', 'ours', says('scanning.tls-versions-modern.untried', { host: where }), where)]
      return [
        pass(says('scanning.tls-versions-modern.modern', { host: where, versions: modern.join(', ') }), where, 'old version', {
          ...versions,
        }),
      ]
    })
    return [...judged, ...unanswered(tls.silent)]
  },
})

const OLD = ['SSLv3', 'TLSv1', 'TLSv1.1'] as const
const MODERN = ['TLSv1.2', 'TLSv1.3'] as const
