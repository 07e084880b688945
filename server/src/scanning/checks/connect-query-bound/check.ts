import { defineCheck } from '../../check.ts'
import { acceptedOrNot, overHandshake } from '../answers.ts'

/** A token is good for one address only. */
export default defineCheck({
  id: 'connect-query-bound',
  title: { pass: 'A token is good for one address only', fail: 'A token is good for other addresses than its own' },
  fix: 'Compare the token’s `qsh` with the hash of the request; take `context-qsh` only on routes that the page’s own script calls.',
  needs: ['handshake'],
  risk: 'handshake',
  cvss: 'CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:N',
  messages: {},
  judge: ({ handshake }) => overHandshake(handshake, ['query'], (probe) => acceptedOrNot(probe, VECTORS[probe.name])),
})

/** A context token on a page can be replayed only by somebody whom the page was shown to; on a webhook it forges what the host says. */
const VECTORS: { readonly [probe: string]: string } = {
  'context token on a page': 'CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:N/A:N',
  'context token on a webhook': 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:H/A:N',
}
