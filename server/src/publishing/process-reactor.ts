import { APPEALS, type AppealDocument } from '../appeals/appeals-view.ts'
import { appealKey, type AppealOf } from '../appeals/events.ts'
import { BADGES, type BadgeDocument } from '../badges/badges-view.ts'
import { CONCERNS, type ConcernDocument } from '../concerns/concerns-view.ts'
import { isHeldBack } from '../concerns/disclosed.ts'
import { concernKey, type ConcernOf } from '../concerns/events.ts'
import { dueProcessOf, type DueProcess } from '../concerns/rules.ts'
import type { NewEvent } from '../kernel/event.ts'
import type { Reactor } from '../kernel/flow.ts'
import type { Pack } from '../programmes/load.ts'
import { processStream, type ProcessDisclosure, type PublicAppeal, type PublicConcern } from './public-process.ts'

/**
 * The gate from concerns and appeals to what the world reads. It tells what was decided, and of what is open no more than the
 * pack says. What is about a hole that is still open waits, with its words, until the hole is closed.
 */
export const processReactor = (packs: readonly Pack[]): Reactor => ({
  name: 'publishing.process',
  slice: 'publishing',
  listens: [
    'concerns.accepted',
    'concerns.decided',
    'concerns.remedied',
    'concerns.set_aside',
    'appeals.lodged',
    'appeals.decided',
    'appeals.withdrawn',
  ],
  async react(event, reading): Promise<readonly NewEvent[]> {
    // The guarantee of the cast: each event of these slices says which case it is about.
    const { app, concern, appeal, programme } = event.payload as unknown as ConcernOf & AppealOf
    // Before an app's first badge nothing is told of it either way.
    const badges = await reading.documents.list<BadgeDocument>(BADGES, `${programme}.`)
    if (!badges.some(({ document }) => document.app === app && document.granted_at !== null)) return []
    const rules = await dueProcessOf(packs, reading, programme)
    if (event.type.startsWith('concerns.')) {
      const document = await reading.documents.get<ConcernDocument>(CONCERNS, concernKey({ app, concern }))
      if (document === null) return []
      const told = toldConcern(document, rules)
      const open = told === null && rules?.policy.concerns.open_ones === 'counted'
      return [disclosed({ type: 'publishing.concern_disclosed', payload: { app, concern, open, told } })]
    }
    const document = await reading.documents.get<AppealDocument>(APPEALS, appealKey({ app, appeal }))
    if (document === null) return []
    const open = document.word === 'open' && rules?.policy.appeals.open_ones === 'counted'
    return [disclosed({ type: 'publishing.appeal_disclosed', payload: { app, appeal, open, told: toldAppeal(document, rules) } })]
  },
})

function toldConcern(document: ConcernDocument, rules: DueProcess | null): PublicConcern | null {
  const { concern, programme, outcome, word, raised_by, received_at, decided_at, since, requirements, alone, public_words } = document
  const state = STATES[word]
  if (state === null || outcome === null || decided_at === null) return null
  const held_back = isHeldBack(rules?.catalogue ?? null, document)
  const words = held_back ? null : public_words
  const about = aboutIn(requirements, rules)
  return { concern, programme, outcome, state, raised_by, received_at, decided_at, since, ...about, alone, held_back, words }
}

const STATES = {
  none: null,
  received: null,
  dismissed: null,
  hearing: null,
  deciding: null,
  not_upheld: 'not_upheld',
  upheld: 'upheld',
  checking: 'upheld',
  remedied: 'remedied',
  set_aside: 'set_aside',
} as const satisfies Record<ConcernDocument['word'], PublicConcern['state'] | null>

function toldAppeal(document: AppealDocument, rules: DueProcess | null): PublicAppeal | null {
  const { appeal, programme, kind, word, lodged_at, since: decided_at, requirements, alone, public_words } = document
  if (word !== 'upheld' && word !== 'rejected' && word !== 'sent_back') return null
  const about = aboutIn(requirements, rules)
  // What stands is about a hole that may still be open; where the decision is gone, so is what it said.
  const held_back = word !== 'upheld' && about.requirements.length < requirements.length
  const words = held_back ? null : public_words
  return { appeal, programme, kind, outcome: word, lodged_at, decided_at, ...about, alone, held_back, words }
}

/** The pillars of requirements, and those that may be named at any time. */
function aboutIn(ids: readonly string[], rules: DueProcess | null): Pick<PublicConcern, 'pillars' | 'requirements'> {
  const known = (rules?.catalogue.requirements ?? []).filter(({ id }) => ids.includes(id))
  return {
    pillars: [...new Set(known.map(({ pillar }) => pillar))].sort(),
    requirements: known.filter(({ public_when_unmet }) => public_when_unmet === 'full').map(({ id }) => id),
  }
}

const disclosed = ({ type, payload }: ProcessDisclosure): NewEvent => ({
  stream: processStream(payload.app),
  subject: payload.app,
  type,
  payload,
})
