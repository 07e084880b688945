import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { SECRETS } from '../../secrets.ts'
import { pass, review } from '../answers.ts'

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
    'scanning.manifest-secrets-absent.found': 'The descriptor holds what looks like {kind} on line {line}; a person must look.',
  },
  judge: ({ descriptor: { text } }) => {
    const found = KINDS.flatMap(({ kind, pattern }) => {
      const at = text.search(pattern)
      if (at === -1) return []
      const line = text.slice(0, at).split('\n').length
      const suspected = review(says('scanning.manifest-secrets-absent.found', { kind, line }), `line ${line}`, kind, { line })
      return [{ ...suspected, reason: 'looks_like_a_secret' }]
    })
    return found.length > 0 ? found : [pass(says('scanning.manifest-secrets-absent.none', { patterns: KINDS.length }), '/', 'secret')]
  },
})

/** A name and its value stand beside each other in a descriptor, so the plainer pattern of the two is the right one. */
const KINDS = SECRETS.filter(({ kind }, place) => SECRETS.findIndex((other) => other.kind === kind) === place)
