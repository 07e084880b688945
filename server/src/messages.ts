import { MESSAGES as APPEALS } from './appeals/messages.ts'
import { MESSAGES as APPLICATIONS } from './applications/messages.ts'
import { MESSAGES as CONCERNS } from './concerns/messages.ts'
import type { Messages } from './kernel/says.ts'
import { MESSAGES as RELIABILITY } from './reliability/messages.ts'
import { MESSAGES as SCANNING } from './scanning/messages.ts'
import { MESSAGES as STANDING } from './standing/messages.ts'

/** Every sentence that the product says, by its code; each slice brings its own. */
export const MESSAGES: Messages = { ...APPEALS, ...APPLICATIONS, ...CONCERNS, ...RELIABILITY, ...SCANNING, ...STANDING }
