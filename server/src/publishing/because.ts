import { render, says } from '../kernel/says.ts'
import type { Catalogue } from '../programmes/schema.ts'
import { MESSAGES } from './messages.ts'
import type { PublicBadge } from './public-app.ts'
import { pillarTitle, requirementOf } from './shelf.ts'
import { dayInWords, listInWords } from './words.ts'

/** Why a badge is in trouble or gone, in a sentence for everybody: the requirement where it may be named, else its pillar only. */
export function becauseInWords({ reasons, why }: Pick<PublicBadge, 'reasons' | 'why'>, catalogue: Catalogue | null): string {
  const about = reasons.map(({ pillar, requirement, until }) => {
    const named = requirement === null ? null : requirementOf(catalogue, requirement)
    const days = until === null ? '' : ` until ${dayInWords(until)}`
    return named === null
      ? `${pillarTitle(catalogue, pillar)} (in cure${days})`
      : `“${named.title}” is not met${until === null ? '' : ` (to be cured by ${dayInWords(until)})`}`
  })
  const codes = why.map((code) => render(says(`publishing.why.${code}`), MESSAGES))
  return [...codes, ...(about.length === 0 ? [] : [listInWords(about)])].join('; ')
}
