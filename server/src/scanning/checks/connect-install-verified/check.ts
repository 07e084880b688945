import { defineCheck } from '../../check.ts'
import { effectOrNot, overHandshake } from '../answers.ts'

/** Installations are verified in every part. */
export default defineCheck({
  id: 'connect-install-verified',
  title: { pass: 'Installations are verified in every part', fail: 'An installation that is not valid takes effect' },
  fix: 'Verify installations with the host’s public key: RS256 only, audience, expiry and query hash.',
  needs: ['handshake'],
  risk: 'handshake',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:H/A:L',
  messages: {},
  judge: ({ handshake }) => overHandshake(handshake, ['install'], effectOrNot),
})
