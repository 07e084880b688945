import type { Messages } from '../kernel/says.ts'
import { CHECKS } from './checks/index.ts'

/** All sentences of this slice: the runner's own and those of the checks. */
export const MESSAGES: Messages = Object.assign(
  {
    'scanning.unseen': 'Nothing can be said, since {what} was not seen: {detail}.',
    'scanning.title': '{title}.',
    'scanning.error': 'The check could not finish: {detail}.',
    'scanning.silent': '{where} gave no answer: {detail}.',
    'scanning.flaky': 'Two looks at {where} gave two answers.',
  },
  ...CHECKS.map((check) => check.messages),
) as Messages
