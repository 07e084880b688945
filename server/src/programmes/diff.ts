import type { Json } from '../kernel/json.ts'
import { says, type Says } from '../kernel/says.ts'
import { METHOD_KEYS } from './parse.ts'
import type { Catalogue, Requirement, RequirementInForce } from './schema.ts'

/** What changes from one version of a programme to another, or between two editions of it: as data, and in words. Pure. */

/** One key that reads differently. Undefined: it is not there. */
export type FieldChange = { readonly path: string; readonly before: Json | undefined; readonly after: Json | undefined }

/**
 * One thing that changes. `added`: it counts now and did not; `announced`: it is written down with a later day; `retired`: it
 * counted and does not any more, its history stays; `removed`: it is not written down any more.
 */
export type Change = {
  readonly what: 'requirement' | 'policy' | 'form' | 'tier' | 'pillar' | 'signal'
  readonly how: 'added' | 'announced' | 'retired' | 'removed' | 'revised'
  readonly id: string
  readonly title: string
  /** The day on which it begins or ends, where it has one. */
  readonly on: string | null
  /** Tiers that ask for it after the change. */
  readonly tiers: readonly string[]
  readonly fields: readonly FieldChange[]
  /** What the programme itself says about why. */
  readonly why: readonly string[]
}

/**
 * Everything that changes from one catalogue to another. `written` are the requirements as the pack has them, with their
 * revisions, for the reasons; without them there are none.
 */
export function differences(before: Catalogue, after: Catalogue, written: readonly Requirement[] = []): readonly Change[] {
  const [from, to] = [effectiveOf(before), effectiveOf(after)]
  return [
    ...requirementChanges(before, after, from, to, written),
    ...named('policy', before.policies, after.policies),
    ...named('form', before.forms, after.forms),
    ...named('tier', before.programme.tiers, after.programme.tiers),
    ...named('pillar', before.programme.pillars, after.programme.pillars),
    ...named('signal', before.programme.signals ?? [], after.programme.signals ?? []),
  ]
}

/** What one version changed of a requirement. */
export type ChangeByVersion = { readonly version: string; readonly effective: string; readonly change: Change }

/** How a requirement came to read as it does: what each version changed of it, the newest first. `catalogues` are all versions, the oldest first. */
export function changelogOf(catalogues: readonly Catalogue[], written: readonly Requirement[], id: string): readonly ChangeByVersion[] {
  const alone = catalogues.map((catalogue) => only(catalogue, id))
  return alone
    .flatMap((after, at) => {
      // The first version changes what was nothing.
      const before = alone[at - 1] ?? { ...after, requirements: [] }
      const changes = differences(before, after, at === 0 ? [] : written)
      return changes.map((change) => ({ version: after.version, effective: effectiveOf(after), change }))
    })
    .toReversed()
}

/** A catalogue as if it held one requirement and nothing else. */
const only = ({ programme, requirements, ...rest }: Catalogue, id: string): Catalogue => ({
  ...rest,
  programme: { ...programme, tiers: [], pillars: [], signals: [] },
  requirements: requirements.filter((one) => one.id === id),
  policies: [],
  forms: [],
})

/** The day on which a catalogue's version begins. */
function effectiveOf({ programme, version }: Catalogue): string {
  const row = programme.versions.find((one) => one.version === version)
  if (row === undefined) throw new Error(`${programme.id} has no version ${version}`)
  return row.effective
}

function requirementChanges(
  before: Catalogue,
  after: Catalogue,
  from: string,
  to: string,
  written: readonly Requirement[],
): readonly Change[] {
  const earlier = new Map(before.requirements.map((one) => [one.id, one]))
  const later = new Map(after.requirements.map((one) => [one.id, one]))
  return [...new Set([...later.keys(), ...earlier.keys()])].flatMap((id) => {
    const [was, is] = [earlier.get(id), later.get(id)]
    const reads = is ?? was
    if (reads === undefined) return []
    const [stood, stands] = [phaseOf(was, from), phaseOf(is, to)]
    const fields = was === undefined || is === undefined ? [] : fieldChanges(was, is)
    const how = howItChanges(stood, stands, fields.length > 0)
    if (how === null) return []
    const change: Change = {
      what: 'requirement',
      how,
      id,
      title: reads.title,
      on: how === 'retired' ? (reads.retired ?? null) : how === 'added' || how === 'announced' ? reads.since : null,
      tiers: reads.tiers,
      fields: how === 'revised' ? fields : [],
      why: reasons(
        written.find((one) => one.id === id),
        from,
        to,
      ),
    }
    return [change]
  })
}

type Phase = 'absent' | 'upcoming' | 'standing' | 'retired'

function phaseOf(requirement: RequirementInForce | undefined, day: string): Phase {
  if (requirement === undefined) return 'absent'
  if (requirement.since > day) return 'upcoming'
  return requirement.retired !== undefined && requirement.retired <= day ? 'retired' : 'standing'
}

function howItChanges(stood: Phase, stands: Phase, differs: boolean): Change['how'] | null {
  if (stood === stands) return differs ? 'revised' : null
  switch (stands) {
    case 'absent':
      return stood === 'retired' ? null : 'removed'
    case 'upcoming':
      return 'announced'
    case 'standing':
      return 'added'
    case 'retired':
      // What was never in force under the one and is over under the other came and went between them.
      return stood === 'standing' ? 'retired' : null
  }
}

/** Why the revisions that begin after one day and until another were made. */
const reasons = (requirement: Requirement | undefined, from: string, to: string): readonly string[] =>
  (requirement?.revisions ?? []).flatMap(({ since, why_changed }) => (since > from && since <= to ? [why_changed] : []))

type Named = { readonly id: string; readonly title: string; readonly since?: string; readonly retired?: string | undefined }

function named(what: Exclude<Change['what'], 'requirement'>, before: readonly Named[], after: readonly Named[]): readonly Change[] {
  const earlier = new Map(before.map((one) => [one.id, one]))
  const later = new Map(after.map((one) => [one.id, one]))
  return [...new Set([...later.keys(), ...earlier.keys()])].flatMap((id): readonly Change[] => {
    const [was, is] = [earlier.get(id), later.get(id)]
    const common = { what, id, title: (is ?? was)?.title ?? id, tiers: [], why: [] }
    if (was === undefined) return [{ ...common, how: 'added', on: is?.since ?? null, fields: [] }]
    if (is === undefined) {
      const how = was.retired === undefined ? 'removed' : 'retired'
      return [{ ...common, how, on: was.retired ?? null, fields: [] }]
    }
    const fields = fieldChanges(was, is)
    return fields.length === 0 ? [] : [{ ...common, how: 'revised', on: is.since ?? null, fields }]
  })
}

/** Every key that reads differently in two parts of a pack. */
const fieldChanges = (before: object, after: object): readonly FieldChange[] =>
  // The guarantee of the casts: parts of a pack are read from YAML's core schema, which has JSON's values only.
  [...compared('', before as { readonly [key: string]: Json }, after as { readonly [key: string]: Json })].filter(
    // How to come along is told beside the change; it is none itself.
    ({ path }) => path !== 'adoption_guide',
  )

function* compared(path: string, before: Json | undefined, after: Json | undefined): Generator<FieldChange> {
  if (isMembers(before) && isMembers(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* compared(path === '' ? key : `${path}.${key}`, before[key], after[key])
    }
    return
  }
  const [was, is] = [byName(before), byName(after)]
  if (was !== null && is !== null) {
    for (const name of new Set([...was.keys(), ...is.keys()])) yield* compared(`${path}[${name}]`, was.get(name), is.get(name))
    return
  }
  if (JSON.stringify(before) !== JSON.stringify(after)) yield { path, before, after }
}

const isMembers = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What tells the members of a list apart, so that one more line is one change and not a new list. */
const NAMES = ['id', 'severity', 'priority', 'step'] as const

/** Members of a list by their name, or by their place where the list is one of methods, whose order is their meaning. */
function byName(list: Json | undefined): ReadonlyMap<string, Json> | null {
  if (!Array.isArray(list) || list.length === 0) return null
  const members = list as readonly Json[]
  for (const name of NAMES) {
    const keys = members.map((member) => (isMembers(member) ? member[name] : undefined))
    if (keys.every((key) => typeof key === 'string') && new Set(keys).size === keys.length) {
      return new Map(members.map((member, at) => [String(keys[at]), member]))
    }
  }
  const methods = members.every((member) => isMembers(member) && Object.keys(member).some((key) => METHODS.has(key)))
  return methods ? new Map(members.map((member, at) => [String(at), member])) : null
}

const METHODS: ReadonlySet<string> = new Set(Object.keys(METHOD_KEYS))

/** A change in words: what happens, then each key, then why. */
export function changeInWords(change: Change): readonly Says[] {
  const { what, id, title, on, how } = change
  const head = says(on === null ? `programmes.${how}` : `programmes.${how}_on`, on === null ? { what, id, title } : { what, id, title, on })
  return [
    head,
    ...change.fields.map(({ path, before, after }) => {
      // Sources are paragraphs; the data has them.
      if (path === 'cites') return says('programmes.sources_changed')
      if (before === undefined) return says('programmes.field_added', { path, after: shown(after) })
      if (after === undefined) return says('programmes.field_removed', { path, before: shown(before) })
      return says('programmes.field_changed', { path, before: shown(before), after: shown(after) })
    }),
    ...change.why.map((why) => says('programmes.why', { why })),
  ]
}

/** A value in a sentence. Long ones are cut: the data has all of it. */
function shown(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN - 1)}…`
}

const MOST_SHOWN = 120
