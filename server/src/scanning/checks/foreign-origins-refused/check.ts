import { says } from '../../../kernel/says.ts'
import { defineCheck } from '../../check.ts'
import { fail, header, inconclusive, notApplicable, pass, unanswered } from '../answers.ts'

/** Scripts of other sites cannot read with a visitor's session. */
export default defineCheck({
  id: 'foreign-origins-refused',
  title: { pass: 'Scripts of other sites cannot read with a visitor’s session', fail: 'Any site may read with a visitor’s session' },
  fix: 'Allow credentials (`Access-Control-Allow-Credentials`) only for origins of a fixed list, never for whatever origin asks, and never for `null`.',
  needs: ['origins'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:N/A:N',
  messages: {
    'scanning.foreign-origins-refused.reflected': '{where} allows the origin {origin}, which nobody knows, to read with credentials.',
    'scanning.foreign-origins-refused.refused': '{where} lets no strange origin read with credentials.',
    'scanning.foreign-origins-refused.error': '{where} answers {status}; nothing can be said.',
    'scanning.foreign-origins-refused.no_host': 'The app has no host of its own that could be asked.',
  },
  judge: ({ origins }) => {
    if (origins.probes.length + origins.silent.length === 0)
      return [notApplicable('no_own_host', says('scanning.foreign-origins-refused.no_host'))]
    const judged = origins.probes.map(({ origin, exchange }) => {
      const { url: where, status } = exchange
      const allowed = header(exchange, 'access-control-allow-origin')?.trim() ?? null
      // Browsers take exactly `true`, and no `*` beside it (Fetch, section 4.10).
      const credentials = header(exchange, 'access-control-allow-credentials')?.trim() === 'true'
      // The name itself is by chance; the id of a finding must not be.
      const kind = origin === 'null' ? 'null' : 'strange'
      const proof = { status, allowed, credentials }
      if (allowed === origin && credentials)
        return fail(says('scanning.foreign-origins-refused.reflected', { where, origin }), where, `origin ${kind}`, proof)
      if (status >= 500 || status === 429)
        return inconclusive('unavailable', 'theirs', says('scanning.foreign-origins-refused.error', { where, status }), where)
      return pass(says('scanning.foreign-origins-refused.refused', { where }), where, `origin ${kind}`, proof)
    })
    return [...judged, ...unanswered(origins.silent)]
  },
})
