import type { Catalogue } from '../programmes/schema.ts'
import type { ConcernDocument } from './concerns-view.ts'

/**
 * Whether what was found has to stay untold for now: a requirement whose state is held back while it is unmet is named to
 * nobody outside before the hole is closed, and neither are words about it.
 */
export const isHeldBack = (catalogue: Catalogue | null, { word, requirements }: Pick<ConcernDocument, 'word' | 'requirements'>): boolean =>
  (word === 'upheld' || word === 'checking') &&
  requirements.some((id) => catalogue?.requirements.find((one) => one.id === id)?.public_when_unmet !== 'full')
