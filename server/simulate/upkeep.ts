import { assessmentStream } from '../src/assessments/events.ts'
import type { NewEvent } from '../src/kernel/event.ts'
import { plus, type Duration } from '../src/kernel/duration.ts'
import type { Instant } from '../src/kernel/time.ts'
import type { Catalogue, MetWhen } from '../src/programmes/schema.ts'

/** What people have to bring and renew so that an app can meet a programme: everything that no probe and no scan observes. */
export type Upkeep =
  | { readonly kind: 'record'; readonly name: string; readonly state: string; readonly lasts: string | null }
  | { readonly kind: 'form'; readonly name: string; readonly lasts: string | null }
  | { readonly kind: 'attestation'; readonly name: string; readonly lasts: string }

const KNOWN = new WeakMap<Catalogue, readonly Upkeep[]>()

/** Each once, with the shortest time that any requirement lets it last. */
export function upkeepOf(catalogue: Catalogue): readonly Upkeep[] {
  const known = KNOWN.get(catalogue)
  if (known !== undefined) return known
  const found = new Map<string, Upkeep>()
  for (const { id, met_when } of catalogue.requirements) if (met_when !== undefined) gather(id, met_when, found)
  const upkeep = [...found.values()]
  KNOWN.set(catalogue, upkeep)
  return upkeep
}

/** What is told when it is brought for an app, at a moment. */
export function brought(upkeep: Upkeep, app: string, at: Instant): NewEvent {
  const assessed = { stream: assessmentStream(app), subject: app }
  switch (upkeep.kind) {
    case 'record': {
      const payload = { app, kind: upkeep.name, state: upkeep.state, evidence: [] }
      return { stream: `app/${app}`, subject: app, type: 'directory.record_confirmed', payload }
    }
    case 'form':
      return { ...assessed, type: 'assessments.form_published', payload: { app, form: upkeep.name, complete: 1, evidence: [] } }
    case 'attestation': {
      const expires_at = plus(at, upkeep.lasts as Duration)
      const payload = { app, requirement: upkeep.name, expires_at, evidence: [], reviewer: REVIEWER }
      return { ...assessed, type: 'assessments.attestation_accepted', payload }
    }
  }
}

/** Who has looked at what is attested. */
const REVIEWER = 'per_reviewer_2'

function gather(requirement: string, met_when: MetWhen, found: Map<string, Upkeep>): void {
  if ('all_of' in met_when) for (const part of met_when.all_of) gather(requirement, part, found)
  if ('any_of' in met_when) for (const part of met_when.any_of) gather(requirement, part, found)
  if ('first_of' in met_when) for (const part of met_when.first_of) gather(requirement, part, found)
  if ('record' in met_when) {
    const { kind, states, fresh_for } = met_when.record
    // What the partner supplies with the details of the app is no record that somebody confirms.
    if (!states.includes('supplied')) keep(found, { kind: 'record', name: kind, state: states[0] ?? '', lasts: fresh_for ?? null })
  }
  if ('form' in met_when) keep(found, { kind: 'form', name: met_when.form.form, lasts: met_when.form.fresh_for ?? null })
  if ('attestation' in met_when) keep(found, { kind: 'attestation', name: requirement, lasts: met_when.attestation.expires_after })
}

function keep(found: Map<string, Upkeep>, upkeep: Upkeep): void {
  const key = `${upkeep.kind}/${upkeep.name}`
  const before = found.get(key)
  if (before === undefined || (upkeep.lasts !== null && (before.lasts === null || shorter(upkeep.lasts, before.lasts))))
    found.set(key, upkeep)
}

const REFERENCE = '2000-01-01T00:00:00.000Z' as Instant
const shorter = (a: string, b: string): boolean => plus(REFERENCE, a as Duration) < plus(REFERENCE, b as Duration)
