import type { Messages } from '../kernel/says.ts'
import { CHECKS } from './checks/index.ts'

/** All sentences of this slice: the runner's own and those of the checks. */
export const MESSAGES: Messages = Object.assign(
  {
    'scanning.unseen': 'Nothing can be said, since {what} was not seen: {detail}.',
    'scanning.title': '{title}.',
    'scanning.error': 'The check could not finish: {detail}.',
    'scanning.silent': '{where} gave no answer: {detail}.',
    'scanning.handshake.not_applicable': 'The host product does not call this app with signed tokens at addresses of its own.',
    'scanning.handshake.no_control':
      'A valid installation and page call did not work (installation: {install}, page: {page}), so refusals say nothing.',
    'scanning.handshake.control_lost':
      'The valid page call worked before the probes and not after them ({page}), so the answers in between say nothing.',
    'scanning.handshake.nothing_to_ask': 'The app declares nothing of this kind.',
    'scanning.handshake.error': '{where} answers a call with {probe} with {status}; nothing can be said.',
    'scanning.handshake.refused': '{where} refuses a call with {probe} ({status}).',
    'scanning.handshake.answered':
      '{where} answers a call with {probe} with {status}, but not as it answers a valid one; a person must look.',
    'scanning.handshake.accepted': '{where} answers a call with {probe} as it answers a valid one ({status}).',
    'scanning.handshake.effect': '{where} accepted an installation with {probe}, and it took effect.',
    'scanning.handshake.no_effect': '{where} answers an installation with {probe} with {status}; no effect was seen, a person must look.',
    'scanning.set_aside': 'What was found is set aside until {day}, by two people and for a reason that they gave.',
    'scanning.flaky': 'Two looks at {where} gave two answers.',
  },
  ...CHECKS.map((check) => check.messages),
) as Messages
