import { defineCheck } from '../../check.ts'
import { acceptedOrNot, overHandshake } from '../answers.ts'

/** The algorithm of a token is fixed. */
export default defineCheck({
  id: 'connect-algorithm-pinned',
  title: { pass: 'The algorithm of a token is fixed', fail: 'A page lets the caller choose the algorithm' },
  fix: 'Name the one algorithm that is expected (HS256) when verifying, and never take it from the token.',
  needs: ['handshake'],
  risk: 'handshake',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N',
  messages: {},
  judge: ({ handshake }) => overHandshake(handshake, ['algorithm'], (probe) => acceptedOrNot(probe)),
})
