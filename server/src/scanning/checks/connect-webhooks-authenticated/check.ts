import type { Finding, HandshakeProbe } from '../../check.ts'
import { defineCheck } from '../../check.ts'
import { acceptedOrNot, overHandshake } from '../answers.ts'

/** Webhooks are believed only when signed. */
export default defineCheck({
  id: 'connect-webhooks-authenticated',
  title: { pass: 'Webhooks are believed only when signed', fail: 'A webhook believes a call that nobody signed' },
  fix: 'Verify the token of webhook calls like that of pages, and answer 401 otherwise.',
  needs: ['handshake'],
  risk: 'handshake',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:H/A:N',
  messages: {},
  judge: ({ handshake }) => overHandshake(handshake, ['webhook'], (probe) => judgeWebhook(probe)),
})

/** Accepting is not believing: without an effect that could be seen, a person has to look. */
function judgeWebhook(probe: HandshakeProbe): Finding {
  const finding = acceptedOrNot(probe)
  if (finding.outcome !== 'fail') return finding
  const { defect, where, says: sentence, proof } = finding
  return { outcome: 'review', reason: 'no_effect', says: sentence, where, defect, proof }
}
