import { APPS, type AppDocument } from '../../directory/apps-view.ts'
import type { NewEvent } from '../../kernel/event.ts'
import type { Reactor } from '../../kernel/flow.ts'
import { says, type Says } from '../../kernel/says.ts'
import type { Instant } from '../../kernel/time.ts'
import type { Pack } from '../../programmes/load.ts'
import { dayInWords, durationInWords, percentOf, targetInWords } from '../words.ts'
import { noticed } from './events.ts'

/** What partners are told by themselves: how a badge or a listing changed, and objectives lost and regained. */
const BADGES = ['granted', 'put_at_risk', 'cured', 'suspended', 'restored', 'revoked', 'expired', 'renewed'] as const
const LISTINGS = ['listing_warned', 'listing_hidden', 'listing_paused', 'listing_relisted'] as const
const OBJECTIVES = ['objective_lost', 'objective_regained'] as const

/** What events carry, as far as a notice needs it. */
type Carried = {
  readonly app: string
  readonly programme?: string
  readonly tier?: string
  readonly valid_until?: Instant | null
  readonly cure_until?: Instant | null
  readonly requirements?: readonly string[]
  readonly indicator?: string
  readonly window?: string
  readonly target?: number
  readonly good?: number
  readonly total?: number
}

/** Owes the partner a notice for each change of a badge, a listing or an objective of their app. */
export const noticesReactor = (packs: readonly Pack[]): Reactor => ({
  name: 'publishing.notices',
  slice: 'publishing',
  listens: [
    ...BADGES.map((name) => `badges.${name}`),
    ...LISTINGS.map((name) => `badges.${name}`),
    ...OBJECTIVES.map((name) => `reliability.${name}`),
  ],
  async react(event, reading): Promise<readonly NewEvent[]> {
    const carried = event.payload as unknown as Carried
    const app = await reading.documents.get<AppDocument>(APPS, carried.app)
    if (app === null) return []
    const sentence = event.type.startsWith('reliability.')
      ? ofObjective(event.type, app.name, carried)
      : ofBadge(event.type, app.name, carried, packs)
    return [noticed(carried.app, sentence)]
  },
})

function ofObjective(code: string, name: string, { indicator, window, target, good, total }: Carried): Says {
  return says(code, {
    name,
    indicator: indicator ?? '',
    window: durationInWords(window ?? ''),
    share: percentOf(good ?? 0, total ?? 0),
    target: targetInWords(target ?? 0),
  })
}

function ofBadge(code: string, name: string, carried: Carried, packs: readonly Pack[]): Says {
  const programme = packs.find((pack) => pack.programme.id === carried.programme)
  const tier = programme?.programme.tiers.find((one) => one.id === carried.tier)?.title ?? carried.tier ?? ''
  const titles = (carried.requirements ?? []).map((id) => programme?.requirements.find((one) => one.id === id)?.title ?? id)
  const until = carried.cure_until ?? carried.valid_until ?? null
  return says(code, {
    name,
    tier,
    until: until === null ? 'a day that the app’s page says' : dayInWords(until),
    requirements: titles.length === 0 ? 'The app’s page says what.' : titles.map((title) => `– ${title}`).join('\n'),
  })
}
