import type { NewEvent, RecordedEvent } from '../kernel/event.ts'
import type { Reactor, Reading } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { Pack } from '../programmes/load.ts'
import { allowed, application, type ApplicationCommand, type ApplicationState } from './application.ts'
import { applicationStream, onThread, type ApplicationEvent, type ApplicationOf } from './events.ts'
import { appliedFor } from './rules.ts'
import { APPLICATIONS, type ApplicationDocument } from './view.ts'

/**
 * What happens on threads by itself: a due date that passed is told, a partner's long silence ends the application, a soak
 * ends, and with a programme or a tier its applications end. Nothing of it gives anything.
 */
export const applicationsReactor = (packs: readonly Pack[]): Reactor => ({
  name: 'applications.clocks',
  slice: 'applications',
  listens: ['clocks.came_due', 'directory.programme_closed', 'directory.tier_retired'],
  async react(event, reading) {
    switch (event.type) {
      case 'clocks.came_due': {
        const { kind, of: key } = event.payload as { readonly kind?: string; readonly of?: string }
        return kind === APPLICATIONS && key !== undefined ? cameDue(packs, reading, key, event.at) : []
      }
      default: {
        const { programme, tier } = event.payload as { readonly programme?: string; readonly tier?: string }
        return programme === undefined ? [] : endAll(reading, event.at, programme, tier ?? null)
      }
    }
  },
})

async function cameDue(packs: readonly Pack[], reading: Reading, key: string, now: Instant): Promise<readonly NewEvent[]> {
  const document = await reading.documents.get<ApplicationDocument>(APPLICATIONS, key)
  if (document === null) return []
  const of: ApplicationOf = { app: document.app, programme: document.programme, tier: document.tier }
  const state = await threadOf(reading, of)
  const rules = (await appliedFor(packs, reading, of))?.rules ?? null
  if (state.word === 'soak') {
    return state.soaks_until === null || state.soaks_until > now ? [] : does({ ...of, act: 'finish_soak', rules }, state, now)
  }
  if (!allowed[state.word].includes('remind')) return []
  if (state.lapses_at !== null && state.lapses_at <= now) return does({ ...of, act: 'lapse' }, state, now)
  return does({ ...of, act: 'remind', rules }, state, now)
}

async function endAll(reading: Reading, now: Instant, programme: string, tier: string | null): Promise<readonly NewEvent[]> {
  const told: NewEvent[] = []
  const reason = tier === null ? 'programme_closed' : 'tier_retired'
  for (const { document } of await reading.documents.list<ApplicationDocument>(APPLICATIONS, `${programme}.`)) {
    if (document.programme !== programme || (tier !== null && document.tier !== tier)) continue
    const of: ApplicationOf = { app: document.app, programme, tier: document.tier }
    const state = await threadOf(reading, of)
    if (allowed[state.word].includes('end')) told.push(...does({ ...of, act: 'end', reason }, state, now))
  }
  return told
}

const does = (command: ApplicationCommand, state: ApplicationState, now: Instant): readonly NewEvent[] =>
  application.decide(command, state, now).map((event) => onThread(command, event))

/** A thread as its stream has it, up to what was appended a moment ago. */
export async function threadOf(reading: Pick<Reading, 'log'>, of: ApplicationOf): Promise<ApplicationState> {
  return folded(await reading.log.stream(applicationStream(of)))
}

/** Folds a thread's stream. The guarantee of the cast: only this decider's events are appended to it. */
export const folded = (events: readonly RecordedEvent[]): ApplicationState =>
  events.reduce((state, event) => application.evolve(state, event as unknown as ApplicationEvent & RecordedEvent), application.initial)
