import type { Decider } from '../kernel/decider.ts'
import { Refused } from '../kernel/refused.ts'
import type { AppDescription } from './description.ts'
import { readOf, type DirectoryEvent } from './events.ts'
import type { Digest } from '../kernel/event.ts'

/** Where an app stands with the directory. Watched: control of its domain has been proven and not taken back. */
export type AppState = {
  readonly status: 'absent' | 'registered' | 'watched'
  readonly descriptor: Digest | null
  readonly domains: readonly string[]
}

type Read = { readonly description: AppDescription; readonly evidence: Digest; readonly source_url: string | null }

export type AppCommand =
  | ({ readonly act: 'register'; readonly app: string; readonly organisation: string } & Read)
  | ({ readonly act: 'read_descriptor'; readonly app: string } & Read)
  | {
      readonly act: 'supply_details'
      readonly app: string
      readonly health_path: string | null
      readonly alert_mailbox: boolean
      readonly base_urls: readonly string[]
    }
  | { readonly act: 'prove_domain'; readonly app: string; readonly domain: string; readonly method: 'well-known' | 'dns' }
  | { readonly act: 'withdraw_consent'; readonly app: string }
  | {
      readonly act: 'confirm_record'
      readonly app: string
      readonly kind: string
      readonly state: string
      readonly evidence: readonly Digest[]
    }

/** Which act is possible in which state. */
export const allowed: { readonly [status in AppState['status']]: readonly AppCommand['act'][] } = {
  absent: ['register'],
  registered: ['read_descriptor', 'supply_details', 'prove_domain', 'confirm_record'],
  watched: ['read_descriptor', 'supply_details', 'prove_domain', 'withdraw_consent', 'confirm_record'],
}

/** An app's life in the directory. */
export const app: Decider<AppState, AppCommand, DirectoryEvent> = {
  initial: { status: 'absent', descriptor: null, domains: [] },
  decide(command, state) {
    if (!allowed[state.status].includes(command.act)) throw wrongState(command, state)
    switch (command.act) {
      case 'register': {
        const { app: id, organisation, description, evidence, source_url } = command
        const { platform, hosting, digest } = description
        const name = description.name ?? description.key ?? id
        return [
          {
            type: 'directory.app_registered',
            payload: { app: id, key: description.key, name, organisation, platform, hosting, descriptor: digest },
          },
          { type: 'directory.descriptor_read', payload: readOf(id, description, evidence, source_url) },
        ]
      }
      case 'read_descriptor':
        // Read again and nothing new: nothing to tell.
        if (command.description.digest === state.descriptor) return []
        return [
          { type: 'directory.descriptor_read', payload: readOf(command.app, command.description, command.evidence, command.source_url) },
        ]
      case 'supply_details':
        return [
          {
            type: 'directory.details_supplied',
            payload: {
              app: command.app,
              health_path: command.health_path,
              alert_mailbox: command.alert_mailbox,
              base_urls: command.base_urls,
            },
          },
        ]
      case 'prove_domain':
        if (state.domains.includes(command.domain)) return []
        return [{ type: 'directory.domain_proven', payload: { app: command.app, domain: command.domain, method: command.method } }]
      case 'withdraw_consent':
        return [{ type: 'directory.consent_withdrawn', payload: { app: command.app } }]
      case 'confirm_record':
        return [
          {
            type: 'directory.record_confirmed',
            payload: { app: command.app, kind: command.kind, state: command.state, evidence: command.evidence },
          },
        ]
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'directory.app_registered':
        return { ...state, status: 'registered', descriptor: event.payload.descriptor }
      case 'directory.descriptor_read':
        return { ...state, descriptor: event.payload.descriptor }
      case 'directory.domain_proven':
        return { ...state, status: 'watched', domains: [...state.domains, event.payload.domain] }
      case 'directory.consent_withdrawn':
        return { ...state, status: 'registered', domains: [] }
      default:
        return state
    }
  },
}

function wrongState(command: AppCommand, state: AppState): Refused {
  if (command.act === 'register')
    return new Refused(
      'directory.already_registered',
      `${command.app} is registered already; send its new descriptor to that app instead`,
      command.app,
    )
  if (state.status === 'absent') return new Refused('directory.no_such_app', `there is no app "${command.app}"`, command.app)
  return new Refused(
    'directory.wrong_state',
    `"${command.act}" is not possible for ${command.app}: control of its domain is not proven`,
    command.app,
  )
}
