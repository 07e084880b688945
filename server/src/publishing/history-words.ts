import { render, says } from '../kernel/says.ts'
import { becauseInWords } from './because.ts'
import { MESSAGES } from './messages.ts'
import type { PublicHistory } from './public-app.ts'
import { badgeTitle, shelved, type Shelf } from './shelf.ts'
import { listInWords } from './words.ts'

/** What happened to an app, in a sentence. */
export function historyInWords({ what, programme, tier, reasons, why, names }: PublicHistory, shelf: Shelf): string {
  const badge = programme === null || tier === null ? '' : badgeTitle(shelf, { programme, tier })
  const because =
    reasons.length + why.length === 0 ? '' : `: ${becauseInWords({ reasons, why }, shelved(shelf, programme ?? '')?.catalogue ?? null)}`
  return render(says(`publishing.history.${what}`, { badge, because, names: listInWords(names) }), MESSAGES)
}
