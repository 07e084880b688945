import { defineCheck } from '../../check.ts'
import { acceptedOrNot, effectOrNot, overHandshake } from '../answers.ts'

/** One tenant cannot speak for another. */
export default defineCheck({
  id: 'connect-tenants-apart',
  title: { pass: 'One tenant cannot speak for another', fail: 'One tenant can speak for another' },
  fix: 'Look the secret up by the token’s issuer alone, and compare the issuer of an installation with the tenant that its body names.',
  needs: ['handshake'],
  risk: 'handshake',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:L',
  messages: {},
  judge: ({ handshake }) =>
    overHandshake(handshake, ['tenants'], (probe) => (probe.effect === null ? acceptedOrNot(probe) : effectOrNot(probe))),
})
