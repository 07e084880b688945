import type { NewEvent } from '../kernel/event.ts'
import type { Reactor } from '../kernel/flow.ts'
import type { Pack } from '../programmes/load.ts'
import { concern, type ConcernCommand } from './concern.ts'
import { CONCERNS, foldedConcern, type ConcernDocument } from './concerns-view.ts'
import { concernStream, onConcern, type ConcernOf } from './events.ts'
import { dueProcessOf } from './rules.ts'

/** What happens to concerns by itself: a partner's time for an answer ends, and an operator's due date that passed is told. */
export const concernsReactor = (packs: readonly Pack[]): Reactor => ({
  name: 'concerns.clocks',
  slice: 'concerns',
  listens: ['clocks.came_due'],
  async react(event, reading): Promise<readonly NewEvent[]> {
    const { kind, of: key } = event.payload as { readonly kind?: string; readonly of?: string }
    if (kind !== CONCERNS || key === undefined) return []
    const document = await reading.documents.get<ConcernDocument>(CONCERNS, key)
    if (document === null) return []
    const of: ConcernOf = { app: document.app, concern: document.concern, programme: document.programme }
    const state = foldedConcern(await reading.log.stream(concernStream(of)))
    const rules = await dueProcessOf(packs, reading, of.programme)
    if (state.turn === null || state.turn.due_at === null || state.turn.due_at > event.at) return []
    // Without rules, since this program has the pack no more, nothing can be passed on; that it is late is told all the same.
    const command: ConcernCommand =
      state.word === 'hearing' && rules !== null ? { ...of, act: 'miss_answer', rules } : { ...of, act: 'remind' }
    if (state.word === 'hearing' && rules === null) return []
    return concern.decide(command, state, event.at).map((one) => onConcern(one, state.accepted))
  },
})
