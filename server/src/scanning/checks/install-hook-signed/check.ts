import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass, review, unanswered } from '../answers.ts'

/** Lifecycle hooks accept signed calls only. */
export default defineCheck({
  id: 'install-hook-signed',
  title: { pass: 'Lifecycle hooks accept signed calls only', fail: 'The install hook accepts calls that nobody signed' },
  fix: 'Verify the token of install and uninstall calls with the platform’s public key (RS256, audience, expiry, qsh) and answer 401 otherwise.',
  needs: ['descriptor', 'hooks'],
  risk: 'handshake',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:H/A:L',
  messages: {
    'scanning.install-hook-signed.refused': '{where} refuses the {probe} {kind} call ({status}).',
    'scanning.install-hook-signed.planted':
      '{where} accepted the {probe} install call, and a page then trusted the secret that it carried.',
    'scanning.install-hook-signed.accepted':
      '{where} answers the {probe} {kind} call with {status}; no effect was seen, a person must look.',
    'scanning.install-hook-signed.error': '{where} answers the {probe} {kind} call with {status}; nothing can be said.',
    'scanning.install-hook-signed.no_hooks': 'The app declares no install or uninstall hook on its own hosts.',
    'scanning.install-hook-signed.unreachable': 'The app declares lifecycle hooks, but none on its own hosts could be called.',
  },
  judge: ({ descriptor, hooks }) => {
    if (hooks.probes.length + hooks.silent.length === 0) {
      const declared = descriptor.description.endpoints.some((endpoint) => endpoint.kind === 'install' || endpoint.kind === 'uninstall')
      return declared
        ? [inconclusive('not_called', 'theirs', says('scanning.install-hook-signed.unreachable'))]
        : [notApplicable('no_hooks', says('scanning.install-hook-signed.no_hooks'))]
    }
    const judged = hooks.probes.map(({ kind, probe, exchange, effect, left_behind }) => {
      const { status, url: where } = exchange
      const sentence = (code: string) => says(`scanning.install-hook-signed.${code}`, { where, probe, kind, status })
      const proof = { status, probe, kind, effect_status: effect?.with_token.status ?? null, left_behind: left_behind ?? null }
      if (status >= 500) return inconclusive('unavailable', 'theirs', sentence('error'), where)
      if (status === 429) return inconclusive('rate_limited', 'theirs', sentence('error'), where)
      if (status >= 400) return pass(sentence('refused'), where, `${kind} ${probe}`, proof)
      const trusted = effect !== undefined && effect.bare.status >= 300 && effect.with_token.status < 300
      return trusted
        ? fail(sentence('planted'), where, `${kind} ${probe}`, proof)
        : review(sentence('accepted'), where, `${kind} ${probe}`, proof)
    })
    return [...judged, ...unanswered(hooks.silent)]
  },
})
