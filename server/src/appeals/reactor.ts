import type { NewEvent } from '../kernel/event.ts'
import type { Reactor } from '../kernel/flow.ts'
import { appeal } from './appeal.ts'
import { APPEALS, foldedAppeal, type AppealDocument } from './appeals-view.ts'
import { appealStream, onAppeal } from './events.ts'

/** Tells when the operator is late with an appeal. Nothing else happens to one by itself. */
export const appealsReactor: Reactor = {
  name: 'appeals.clocks',
  slice: 'appeals',
  listens: ['clocks.came_due'],
  async react(event, reading): Promise<readonly NewEvent[]> {
    const { kind, of: key } = event.payload as { readonly kind?: string; readonly of?: string }
    if (kind !== APPEALS || key === undefined) return []
    const document = await reading.documents.get<AppealDocument>(APPEALS, key)
    if (document === null || document.word !== 'open') return []
    const { app, appeal: id, programme } = document
    const state = foldedAppeal(await reading.log.stream(appealStream(document)))
    return appeal.decide({ app, appeal: id, programme, act: 'remind' }, state, event.at).map(onAppeal)
  },
}
