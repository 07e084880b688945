import { openAppeals } from '../appeals/reading.ts'
import type { Turn } from '../applications/turn.ts'
import { openConcerns } from '../concerns/reading.ts'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import type { Desk } from '../house.ts'

/** A concern or an appeal that somebody has the turn with. */
export type OpenCase = {
  readonly app: string
  readonly name: string
  readonly address: string
  readonly what: 'concern' | 'appeal'
  /** The code of the step's name. */
  readonly step: string
  readonly turn: Turn
}

/** Every open concern and appeal, the operator's turns first and what is due first at the top. */
export async function openCases(desk: Desk): Promise<readonly OpenCase[]> {
  const names = new Map((await desk.documents.list<AppDocument>(APPS)).map(({ key, document }) => [key, document.name]))
  const at = (app: string, kind: string, id: string): string => `/apps/${encodeURIComponent(app)}/${kind}/${encodeURIComponent(id)}`
  const concerns = (await openConcerns(desk)).flatMap(({ app, concern, turn }): readonly OpenCase[] =>
    turn === null
      ? []
      : [
          {
            app,
            name: names.get(app) ?? app,
            address: at(app, 'concerns', concern),
            what: 'concern',
            step: `concerns.step.${turn.step}`,
            turn,
          },
        ],
  )
  const appeals = (await openAppeals(desk)).flatMap(({ app, appeal, turn }): readonly OpenCase[] =>
    turn === null
      ? []
      : [
          {
            app,
            name: names.get(app) ?? app,
            address: at(app, 'appeals', appeal),
            what: 'appeal',
            step: `appeals.step.${turn.step}`,
            turn,
          },
        ],
  )
  return [...concerns, ...appeals].sort((a, b) => rank(a) - rank(b) || ((a.turn.due_at ?? '9') < (b.turn.due_at ?? '9') ? -1 : 1))
}

const rank = ({ turn }: OpenCase): number => (turn.side === 'operator' ? 0 : 1)
