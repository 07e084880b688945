import { allowed, type BadgeAct, type BadgeWord } from '../badges/badge.ts'
import type { Act } from '../enrolment/acts.ts'
import { refusalOf, type Acting } from '../enrolment/authorise.ts'
import type { Matter } from './matters.ts'

/**
 * What a reader could do to a badge, and why not where not: by the badge's own table and the one authorisation, so that a
 * page never offers what the server would refuse, nor hides that it exists.
 */
export type Offer = { readonly act: BadgeAct; readonly words: string; readonly path: string; readonly refused: string | null }

const OFFERS = [
  { act: 'agree_grant', words: 'Agree to grant', path: 'grant', needs: 'grant-badge' },
  { act: 'restore', words: 'Restore', path: 'restore', needs: 'restore-badge' },
  { act: 'renew', words: 'Renew', path: 'renew', needs: 'renew-badge' },
] as const satisfies readonly { readonly act: BadgeAct; readonly words: string; readonly path: string; readonly needs: Act }[]

/** The acts that give, for one badge. Those of another state are left out; the rest are offered or greyed with the reason. */
export function offersFor(given: {
  readonly acting: Acting
  readonly state: BadgeWord
  readonly matter: Matter
  readonly partner: string
  readonly agreed_by: readonly string[]
}): readonly Offer[] {
  const { acting, state, matter } = given
  return OFFERS.filter(({ act }) => allowed[state].includes(act)).map(({ act, words, path, needs }) => ({
    act,
    words,
    path,
    refused: refusalOf(acting, needs, { organisation: given.partner })?.message ?? inTheWay(act, matter, acting, given),
  }))
}

function inTheWay(
  act: BadgeAct,
  matter: Matter,
  acting: Acting,
  given: { readonly partner: string; readonly agreed_by: readonly string[] },
): string | null {
  if (acting.kind === 'person' && acting.memberships.some((one) => one.organisation === given.partner)) {
    return 'You belong to the organisation that makes this app; somebody else has to decide.'
  }
  const blocking = matter.unmet.length + matter.unknown.length
  if (blocking > 0) return `Not met, or not known to be met: ${[...matter.unmet, ...matter.unknown].join(', ')}.`
  if (matter.kind === 'grant_soaking') return 'Met, but not for as long as the programme asks.'
  if (act === 'agree_grant' && acting.kind === 'person' && given.agreed_by.includes(acting.person)) {
    return 'You have agreed already; another reviewer has to be next.'
  }
  return null
}
