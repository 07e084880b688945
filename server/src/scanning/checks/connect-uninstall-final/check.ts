import { defineCheck } from '../../check.ts'
import { acceptedOrNot, overHandshake } from '../answers.ts'

/** A tenant that is uninstalled is let in no more. */
export default defineCheck({
  id: 'connect-uninstall-final',
  title: { pass: 'A tenant that is uninstalled is let in no more', fail: 'A tenant is let in after it was uninstalled' },
  fix: 'Drop or disable the tenant’s secret when it is uninstalled.',
  needs: ['handshake'],
  risk: 'handshake',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N',
  messages: {},
  judge: ({ handshake }) => overHandshake(handshake, ['uninstall'], (probe) => acceptedOrNot(probe)),
})
