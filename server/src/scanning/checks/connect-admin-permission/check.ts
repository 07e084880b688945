import type { Finding, HandshakeProbe } from '../../check.ts'
import { defineCheck } from '../../check.ts'
import { acceptedOrNot, overHandshake } from '../answers.ts'

/** Administration pages ask whether the caller may. */
export default defineCheck({
  id: 'connect-admin-permission',
  title: { pass: 'Administration pages ask whether the caller may', fail: 'An administration page opens for everybody who is signed in' },
  fix: 'Ask the host for the caller’s permission on the server, on every administration page; a condition in the descriptor only hides the link.',
  needs: ['handshake'],
  risk: 'handshake',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H',
  messages: {},
  judge: ({ handshake }) => overHandshake(handshake, ['admin'], (probe) => judgeAdmin(probe)),
})

function judgeAdmin(probe: HandshakeProbe): Finding {
  const finding = acceptedOrNot(probe)
  const asked = probe.name === 'user, the host was asked'
  const named = { ...finding, defect: 'administration page for a user' }
  if (finding.outcome === 'fail' && !asked) {
    const { defect, where, says: sentence, proof } = named
    return { outcome: 'review', reason: 'nobody_asked', says: sentence, where, defect, proof }
  }
  return named
}
