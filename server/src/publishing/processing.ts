import type { Desk } from '../house.ts'
import { readEvidences } from '../platform/evidence.ts'
import { wordsIn } from '../concerns/raising.ts'
import { PUBLIC_PROCESS, type ProcessDocument } from './public-process-view.ts'
import { PublicProcess } from './public-process.ts'

/**
 * An app's concerns and appeals as the world may see them, with the words that may be read. Bodies are read as the machine,
 * and only those that were told: what is not in the public view is not asked for.
 */
export async function readProcess(desk: Desk, app: string): Promise<PublicProcess> {
  const document = await desk.documents.get<ProcessDocument>(PUBLIC_PROCESS, app)
  if (document === null) return { app, open_concerns: 0, open_appeals: 0, concerns: [], appeals: [] }
  const names = [...document.concerns, ...document.appeals].flatMap(({ words }) => words ?? [])
  const kept = await desk.asMachine(() => readEvidences(desk, names))
  const said = <One extends { readonly words: string | null }>(one: One): One => ({
    ...one,
    words: one.words === null ? null : wordsIn(kept.get(one.words)?.body),
  })
  return PublicProcess.parse({
    app,
    open_concerns: document.open_concerns.length,
    open_appeals: document.open_appeals.length,
    concerns: document.concerns.map(said),
    appeals: document.appeals.map(said),
  })
}
