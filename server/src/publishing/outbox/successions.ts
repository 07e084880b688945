import { BADGES, type BadgeDocument } from '../../badges/badges-view.ts'
import { APPS, type AppDocument } from '../../directory/apps-view.ts'
import type { DirectoryEvent } from '../../directory/events.ts'
import type { NewEvent, RecordedEvent } from '../../kernel/event.ts'
import type { Reading } from '../../kernel/flow.ts'
import { says } from '../../kernel/says.ts'
import type { Pack } from '../../programmes/load.ts'
import type { SuccessionEvent } from '../../successions/events.ts'
import { dayInWords } from '../words.ts'
import { noticed } from './events.ts'

type Begun = Extract<DirectoryEvent, { readonly type: 'directory.succession_begun' }>

const OUTCOME = { moves: 'goes over', does_not_move: 'does not go over' } as const

/** Holders are told when the end of their programme is set, and each of what is decided about it. */
export async function ofSuccession(event: RecordedEvent, packs: readonly Pack[], reading: Reading): Promise<readonly NewEvent[]> {
  // The guarantee of the cast: the caller hears these two.
  const told = event as unknown as Begun | SuccessionEvent
  const titleOf = (id: string): string => packs.find(({ programme }) => programme.id === id)?.programme.title ?? id
  const nameOf = async (app: string): Promise<string> => (await reading.documents.get<AppDocument>(APPS, app))?.name ?? app
  if (told.type === 'successions.decided') {
    const { app, successor, outcome } = told.payload
    return [noticed(app, says(told.type, { name: await nameOf(app), successor: titleOf(successor), outcome: OUTCOME[outcome] }))]
  }
  const { programme, successor, ends_on } = told.payload
  const rules = packs.find((pack) => pack.programme.id === successor)?.programme.succeeds
  const common = {
    programme: titleOf(programme),
    id: programme,
    successor: titleOf(successor),
    until: dayInWords(ends_on),
    rules: rules?.says ?? '',
  }
  const notices: NewEvent[] = []
  for (const { document } of await reading.documents.list<BadgeDocument>(BADGES, `${programme}.`)) {
    const { app, state, programme: of } = document
    if (of !== programme || state === 'revoked' || state === 'expired' || state === 'none') continue
    notices.push(noticed(app, says(told.type, { ...common, name: await nameOf(app) })))
  }
  return notices
}
