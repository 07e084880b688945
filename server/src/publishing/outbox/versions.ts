import { APPS, type AppDocument } from '../../directory/apps-view.ts'
import type { DirectoryEvent } from '../../directory/events.ts'
import type { NewEvent } from '../../kernel/event.ts'
import type { Reading } from '../../kernel/flow.ts'
import { says } from '../../kernel/says.ts'
import type { Pack } from '../../programmes/load.ts'
import { readComing, type Coming } from '../../standing/coming.ts'
import { counted, dayInWords } from '../words.ts'
import { noticed } from './events.ts'

/** A version that does not judge yet has reached a stage. */
export type VersionMoved = Extract<DirectoryEvent, { readonly type: 'directory.version_moved' }>

/**
 * Who is told of it: each partner once that a draft is open for comments, and of shadow and announcement each app for which
 * something changes, with what that is. Apps for which nothing changes are spared the mail; their pages say so.
 */
export async function ofVersion(moved: VersionMoved['payload'], packs: readonly Pack[], reading: Reading): Promise<readonly NewEvent[]> {
  const { programme: id, version, stage, until } = moved
  const title = packs.find(({ programme }) => programme.id === id)?.programme.title ?? id
  const apps = (await reading.documents.list<AppDocument>(APPS)).map(({ document }) => document)
  const common = { programme: title, id, version, until: dayInWords(until) }
  switch (stage) {
    case 'consultation_closed':
      return []
    case 'consultation_opened':
      return firstOfEach(apps).map(({ app, name }) => noticed(app, says('directory.consultation_opened', { ...common, name })))
    case 'shadow_begun':
    case 'announced': {
      const told: NewEvent[] = []
      for (const { app, name } of apps) {
        const coming = (await readComing(packs, reading, app)).find((one) => one.programme === id && one.row.version === version)
        if (coming === undefined || coming.impact.verdicts.length === 0) continue
        told.push(noticed(app, says(`directory.${stage}`, { ...common, name, items: itemsOf(coming) })))
      }
      return told
    }
  }
}

/** One app of each partner, so that nobody is told twice of what concerns them once. */
function firstOfEach(apps: readonly AppDocument[]): readonly AppDocument[] {
  const seen = new Set<string>()
  return apps.filter(({ organisation }) => {
    if (seen.has(organisation)) return false
    seen.add(organisation)
    return true
  })
}

/** Lines that a mail has room for; the page has all of them. */
const MOST_ITEMS = 20

const WORDS = {
  met: 'would be met',
  unmet: 'would not be met',
  unknown: 'nobody could say',
  not_applicable: 'would not apply',
  upcoming: 'would come later',
  retired: 'would be asked no more',
  waived: 'would be waived',
} as const

function itemsOf({ impact, requirements, row }: Coming): string {
  const titles = new Map(requirements.map(({ requirement, title }) => [requirement, title]))
  const lines = impact.verdicts.map(
    ({ requirement, to }) => `– ${titles.get(requirement) ?? requirement}: ${to === null ? WORDS.retired : WORDS[to]}`,
  )
  const more = lines.length - MOST_ITEMS
  const shown = more > 0 ? [...lines.slice(0, MOST_ITEMS), `– and ${counted(more, 'more', 'more')}`] : lines
  return [...shown, ...(row.adoption_guide === undefined ? [] : ['', row.adoption_guide])].join('\n')
}
