import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { fail, pass } from '../answers.ts'

/** The descriptor holds no secrets. */
export default defineCheck({
  id: 'manifest-secrets-absent',
  title: { pass: 'The descriptor holds no secrets', fail: 'The descriptor holds a secret' },
  fix: 'Revoke the secret now, take it out of the descriptor, and keep it in the platform’s secret store.',
  needs: ['descriptor'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N',
  messages: {
    'scanning.manifest-secrets-absent.none': '{patterns} kinds of secrets were looked for and none was found.',
    'scanning.manifest-secrets-absent.found': 'The descriptor holds what looks like {kind} on line {line}.',
  },
  judge: ({ descriptor: { text } }) => {
    const found = SECRETS.flatMap(({ kind, pattern }) => {
      const at = text.search(pattern)
      if (at === -1) return []
      const line = text.slice(0, at).split('\n').length
      return [fail(says('scanning.manifest-secrets-absent.found', { kind, line }), `line ${line}`, kind, { line })]
    })
    return found.length > 0 ? found : [pass(says('scanning.manifest-secrets-absent.none', { patterns: SECRETS.length }), '/', 'secret')]
  },
})

/** Formats that their makers publish, so that a match is hardly chance. */
const SECRETS = [
  { kind: 'a private key', pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/ },
  { kind: 'an AWS access key', pattern: /\bAKIA[0-9A-Z]{16}\b/ },
  { kind: 'a GitHub token', pattern: /\bgh[pousr]_[A-Za-z0-9]{36}/ },
  { kind: 'a Slack token', pattern: /\bxox[abprs]-[\w-]{10,}/ },
  { kind: 'a Google API key', pattern: /\bAIza[\w-]{35}\b/ },
  { kind: 'an Atlassian API token', pattern: /\bATATT3[\w=-]{50,}/ },
  { kind: 'a Stripe secret key', pattern: /\bsk_live_[A-Za-z0-9]{16,}/ },
  { kind: 'a signed token', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/ },
  { kind: 'a client secret', pattern: /\b(client_?secret|shared_?secret|password)["']?\s{0,4}[:=]\s{0,4}["']?[A-Za-z0-9+/_.~-]{16,}/i },
] as const
