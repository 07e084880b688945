import type { Finding, HandshakeProbe } from '../../check.ts'
import { defineCheck } from '../../check.ts'
import { acceptedOrNot, overHandshake } from '../answers.ts'

/** Tokens have an end. */
export default defineCheck({
  id: 'connect-token-lifetime',
  title: { pass: 'Tokens have an end', fail: 'A token is believed after its end' },
  fix: 'Require `exp`, refuse what is older, and cap how far ahead it may lie.',
  needs: ['handshake'],
  risk: 'handshake',
  cvss: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N',
  messages: {},
  judge: ({ handshake }) => overHandshake(handshake, ['lifetime'], (probe) => judgeLifetime(probe)),
})

function judgeLifetime(probe: HandshakeProbe): Finding {
  const finding = acceptedOrNot(probe, probe.name === 'no expiry' ? 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N' : undefined)
  // How long a token may last is nowhere laid down, so an answer is no breach by itself.
  if (probe.name !== 'expires in ten years' || finding.outcome !== 'fail') return finding
  const { defect, where, says: sentence, proof } = finding
  return { outcome: 'review', reason: 'long_life', says: sentence, where, defect, proof }
}
