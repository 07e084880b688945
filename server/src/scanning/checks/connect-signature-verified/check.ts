import { defineCheck } from '../../check.ts'
import { acceptedOrNot, overHandshake } from '../answers.ts'

/** Page calls are believed only when signed by their tenant. */
export default defineCheck({
  id: 'connect-signature-verified',
  title: { pass: 'Page calls are believed only when signed by their tenant', fail: 'A page believes a call with a wrong signature' },
  fix: 'Verify the signature with the secret of the tenant that the token names, before anything of the token is used.',
  needs: ['handshake'],
  risk: 'handshake',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N',
  messages: {},
  judge: ({ handshake }) => overHandshake(handshake, ['signature'], (probe) => acceptedOrNot(probe)),
})
