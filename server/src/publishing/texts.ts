import { MESSAGES as APPEALS } from '../appeals/messages.ts'
import { MESSAGES as APPLICATIONS } from '../applications/messages.ts'
import { MESSAGES as CONCERNS } from '../concerns/messages.ts'
import { render, type Messages, type Says } from '../kernel/says.ts'
import { MESSAGES as RELIABILITY } from '../reliability/messages.ts'
import { MESSAGES as SCANNING } from '../scanning/messages.ts'
import { MESSAGES as STANDING } from '../standing/messages.ts'

/** Sentences of every slice that working pages show. */
const TEXTS: Messages = { ...APPEALS, ...APPLICATIONS, ...CONCERNS, ...RELIABILITY, ...SCANNING, ...STANDING }

/** A sentence as people read it. One whose code has gone (a check that is not asked any more) shows its code and what it said, since the log outlives the texts. */
export function sentence(says: Says): string {
  if (Object.hasOwn(TEXTS, says.code)) return render(says, TEXTS)
  const params = Object.entries(says.params).map(([name, value]) => `${name}: ${String(value)}`)
  return `${says.code}${params.length === 0 ? '' : ` (${params.join(', ')})`}.`
}
