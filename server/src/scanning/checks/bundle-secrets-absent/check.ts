import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { inconclusive, notApplicable, pass, review, unanswered } from '../answers.ts'

/** The scripts of pages hold no secrets. */
export default defineCheck({
  id: 'bundle-secrets-absent',
  title: { pass: 'The scripts of pages hold no secrets', fail: 'A script of a page holds a secret' },
  fix: 'Revoke the secret now. Keep it on the server and let the page ask for what it needs; build pages without the server’s environment, and publish no source maps of code that is not public.',
  needs: ['scripts'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N',
  messages: {
    'scanning.bundle-secrets-absent.found': '{where} holds what looks like {kind} (line {line}, column {column}); a person must look.',
    'scanning.bundle-secrets-absent.none': 'Nothing that looks like a secret stands in {where}.',
    'scanning.bundle-secrets-absent.error': '{where} answers {status}; nothing can be said.',
    'scanning.bundle-secrets-absent.no_scripts': 'The pages that were seen name no script on the app’s own hosts.',
  },
  judge: ({ scripts }) => {
    const own = scripts.seen.filter(({ kind }) => kind !== 'foreign')
    if (own.length + scripts.silent.length === 0) return [notApplicable('no_scripts', says('scanning.bundle-secrets-absent.no_scripts'))]
    return [
      ...own.flatMap(({ url: where, status, secrets }) => {
        if (status === null || status >= 300)
          return [
            inconclusive('unavailable', 'theirs', says('scanning.bundle-secrets-absent.error', { where, status: status ?? 0 }), where),
          ]
        if (secrets.length === 0) return [pass(says('scanning.bundle-secrets-absent.none', { where }), where, 'secret', { status })]
        return secrets.map(({ kind, line, column }) => ({
          ...review(says('scanning.bundle-secrets-absent.found', { where, kind, line, column }), where, kind, { line, column }),
          reason: 'looks_like_a_secret',
        }))
      }),
      ...unanswered(scripts.silent),
    ]
  },
})
