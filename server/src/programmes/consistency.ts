import { Temporal } from 'temporal-polyfill'
import type { Parts, Written } from './parse.ts'
import { pathInWords, type Problem } from './problem.ts'
import type { AnswersSeen, MetWhen, Programme, Requirement } from './schema.ts'

/**
 * What each file by itself cannot show: names that lead nowhere, things that are there twice, days that contradict each
 * other. A pack with any of it would fail later, while it judges, so it is refused when it is read.
 */

/** What a pack may refer to outside itself. Left out: nothing is known, and no reference is checked. */
export type Known = { readonly checks?: Iterable<string> }

type Tell = (keys: readonly PropertyKey[], says: string, mend: string) => void

/**
 * Everything in which the parts of a pack contradict each other. `broken` are the files that could not be read: what they
 * would have held is not called missing, since their own mistakes are told already.
 */
export function inconsistencies(parts: Parts, known: Known, broken: readonly string[]): readonly Problem[] {
  const problems: Problem[] = []
  const tellOf =
    ({ file, lineOf }: Written<unknown>): Tell =>
    (keys, says, mend) =>
      problems.push({ file, path: pathInWords(keys), line: lineOf(keys), says, mend })
  const { programme } = parts
  if (programme === null) return []
  const names = namesIn(programme.part, parts, known, broken)
  ofProgramme(programme.part, names, tellOf(programme))
  for (const one of parts.requirements) ofRequirement(one.part, names, tellOf(one))
  for (const one of parts.policies) ofPolicy(one.part, names, parts, tellOf(one))
  for (const one of parts.forms) ofForm(one.part, tellOf(one))
  once(parts.requirements, (part) => part.id, 'id', tellOf)
  // A policy or a form changes by a second file with the same id and a later day.
  once(parts.policies, (part) => `${part.id} since ${part.since}`, 'since', tellOf)
  once(parts.forms, (part) => `${part.id} since ${part.since}`, 'since', tellOf)
  for (const one of parts.requirements) named(one, false, tellOf(one))
  for (const one of [...parts.policies, ...parts.forms]) named<{ readonly id: string }>(one, true, tellOf(one))
  for (const one of parts.policies) {
    const first = parts.policies.find((other) => other.part.id === one.part.id)
    if (first !== undefined && first.part.kind !== one.part.kind) {
      tellOf(one)(
        ['kind'],
        `Policy "${one.part.id}" is ${one.part.kind} here and ${first.part.kind} in ${first.file}`,
        'Give one of them another id.',
      )
    }
  }
  return problems
}

/** The names of one kind, and the names of files that would have held more of them had they been readable. */
type Ids = { readonly ids: ReadonlySet<string>; readonly unread: readonly string[] }

/** Every name that something may point to. `checks` is null when nobody said which there are. */
type Names = Record<'pillars' | 'tiers' | 'requirements' | 'policies' | 'forms', Ids> & { readonly checks: Ids | null }

const namesIn = (programme: Programme, parts: Parts, known: Known, broken: readonly string[]): Names => {
  const ids = (folder: 'requirements' | 'policies' | 'forms') => ({
    ids: new Set(parts[folder].map(({ part }) => part.id)),
    unread: broken.filter((file) => file.startsWith(`${folder}/`)).map(stemOf),
  })
  return {
    pillars: { ids: new Set(programme.pillars.map(({ id }) => id)), unread: [] },
    tiers: { ids: new Set(programme.tiers.map(({ id }) => id)), unread: [] },
    requirements: ids('requirements'),
    policies: ids('policies'),
    forms: ids('forms'),
    checks: known.checks === undefined ? null : { ids: new Set(known.checks), unread: [] },
  }
}

const stemOf = (file: string): string => (file.split('/').at(-1) ?? '').replace(/\.yaml$/, '')

function ofProgramme(programme: Programme, names: Names, tell: Tell): void {
  if (!isZone(programme.zone)) {
    tell(['zone'], `"${programme.zone}" is not a time zone`, 'Write an IANA name such as Europe/Berlin or Etc/UTC.')
  }
  for (const list of ['pillars', 'tiers', 'signals', 'partner_levels'] as const) {
    twice((programme[list] ?? []).map(({ id }) => id)).forEach((at) =>
      tell([list, at, 'id'], `"${programme[list]?.[at]?.id ?? ''}" is there twice`, 'Give it another id.'),
    )
  }
  twice(programme.versions.map(({ version }) => version)).forEach((at) =>
    tell(['versions', at, 'version'], `Version ${programme.versions[at]?.version ?? ''} is there twice`, 'Give it the next number.'),
  )
  for (const [at, version] of programme.versions.entries())
    wayToJudging(version, (keys, says, mend) => tell(['versions', at, ...keys], says, mend))
  ofSuccession(programme, names, tell)
  for (const [at, signal] of (programme.signals ?? []).entries()) {
    for (const [place, id] of signal.requirements.entries()) {
      unless(names.requirements, id, tell, ['signals', at, 'requirements', place], 'requirement')
    }
    for (const tier of Object.keys(signal.tiers)) unless(names.tiers, tier, tell, ['signals', at, 'tiers', tier], 'tier')
  }
}

function ofSuccession({ id, succeeds }: Programme, names: Names, tell: Tell): void {
  if (succeeds === undefined) return
  if (succeeds.programme === id) tell(['succeeds', 'programme'], 'It succeeds itself', 'Name the older programme.')
  if (succeeds.ends <= succeeds.side_by_side_from) {
    tell(['succeeds', 'ends'], 'The older programme ends before both have run', 'Put `ends` after `side_by_side_from`.')
  }
  for (const [at, { to }] of succeeds.tiers.entries()) unless(names.tiers, to, tell, ['succeeds', 'tiers', at, 'to'], 'tier')
  twice(succeeds.tiers.map(({ from }) => from)).forEach((at) =>
    tell(['succeeds', 'tiers', at, 'from'], 'This tier goes over twice', 'Name one tier to which it goes.'),
  )
}

/** A draft is consulted on, then announced, then judges: whoever wrote to it is heard before it is settled. */
function wayToJudging({ consultation, shadow, published }: Programme['versions'][number], tell: Tell): void {
  if (consultation !== undefined && consultation.closes < consultation.opens) {
    tell(
      ['consultation', 'closes'],
      `The consultation closes on ${consultation.closes}, before it opens`,
      'Put `closes` on the day of `opens` or after it.',
    )
  }
  if (consultation !== undefined && consultation.closes >= published) {
    tell(
      ['consultation', 'closes'],
      `Announced on ${published}, while comments are still taken`,
      'Let the consultation close before `published`.',
    )
  }
  if (shadow !== undefined && shadow >= published) {
    tell(
      ['shadow'],
      `Shadow begins on ${shadow}, when the version is announced already`,
      'Put `shadow` before `published`, or take it away.',
    )
  }
}

function ofRequirement(requirement: Requirement, names: Names, tell: Tell): void {
  unless(names.pillars, requirement.pillar, tell, ['pillar'], 'pillar')
  const tiers = (ids: readonly string[], keys: readonly PropertyKey[]): void => {
    for (const [at, id] of ids.entries()) unless(names.tiers, id, tell, [...keys, at], 'tier')
    twice(ids).forEach((at) => tell([...keys, at], `Tier "${ids[at] ?? ''}" is there twice`, 'Take one away.'))
  }
  tiers(requirement.tiers, ['tiers'])
  if (requirement.met_when !== undefined) ofMethod(requirement.met_when, names, tell, ['met_when'])
  endsAfterItBegins(requirement, tell)
  let day = requirement.since
  for (const [at, revision] of (requirement.revisions ?? []).entries()) {
    if (revision.since <= day) {
      tell(
        ['revisions', at, 'since'],
        `${revision.since} is not after ${day}`,
        'Put revisions in the order of their days, each after `since`.',
      )
    }
    if (requirement.retired !== undefined && revision.since >= requirement.retired) {
      tell(['revisions', at, 'since'], `${revision.since} is not before it is retired`, 'Take the revision away, or move `retired`.')
    }
    day = revision.since
    tiers(revision.tiers ?? [], ['revisions', at, 'tiers'])
    if (revision.met_when !== undefined) ofMethod(revision.met_when, names, tell, ['revisions', at, 'met_when'])
  }
}

function ofMethod(method: MetWhen, names: Names, tell: Tell, keys: readonly PropertyKey[]): void {
  if ('check' in method) {
    if (names.checks !== null) unless(names.checks, method.check, tell, [...keys, 'check'], 'check')
  } else if ('slo' in method) {
    const { window } = method.slo
    if (/[YM]/.test(window.split('T')[0] ?? '')) {
      tell(
        [...keys, 'slo', 'window'],
        `${window} has no fixed length`,
        'Write weeks or days, P28D or P4W: counts over a window must be exact.',
      )
    } else if (Temporal.Duration.from(window).blank) {
      tell([...keys, 'slo', 'window'], `${window} is no time at all`, 'Write how long one looks back.')
    }
  } else if ('clocks' in method) {
    unless(names.policies, method.clocks.policy, tell, [...keys, 'clocks', 'policy'], 'policy')
  } else if ('form' in method) {
    unless(names.forms, method.form.form, tell, [...keys, 'form', 'form'], 'form')
  } else {
    for (const list of ['all_of', 'any_of', 'first_of'] as const) {
      const parts = (method as { readonly [key: string]: unknown })[list] as readonly MetWhen[] | undefined
      for (const [at, part] of (parts ?? []).entries()) ofMethod(part, names, tell, [...keys, list, at])
    }
  }
}

function ofPolicy(policy: Parts['policies'][number]['part'], names: Names, parts: Parts, tell: Tell): void {
  endsAfterItBegins(policy, tell)
  if (policy.kind === 'review') ofReview(policy, names, tell)
  if (policy.kind === 'answers-seen') ofAnswersSeen(policy, names, tell)
  if (policy.kind === 'questionnaire') {
    for (const [at, { from }] of policy.rows.entries()) {
      for (const [place, { form }] of from.entries()) unless(names.forms, form, tell, ['rows', at, 'from', place, 'form'], 'form')
    }
    twice(policy.rows.map(({ id }) => id)).forEach((at) => tell(['rows', at, 'id'], 'The row is there twice', 'Give it another id.'))
  }
  if (policy.kind === 'annual-review') {
    for (const [at, id] of policy.checks.entries()) unless(names.requirements, id, tell, ['checks', at], 'requirement')
  }
  if (policy.kind !== 'significant-change') return
  unless(names.forms, policy.form.id, tell, ['form', 'id'], 'form')
  for (const { part } of parts.forms) if (part.id === policy.form.id) declaresBy(policy, part, tell)
  for (const [at, { requirements }] of policy.kinds.entries()) {
    for (const [place, id] of requirements.entries()) {
      unless(names.requirements, id, tell, ['kinds', at, 'requirements', place], 'requirement')
    }
  }
}

function ofReview(policy: Extract<Parts['policies'][number]['part'], { readonly kind: 'review' }>, names: Names, tell: Tell): void {
  for (const [at, id] of policy.eligibility.entries()) unless(names.requirements, id, tell, ['eligibility', at], 'requirement')
  const runs = new Set<string>()
  twice(policy.components.map(({ id }) => id)).forEach((at) =>
    tell(['components', at, 'id'], `Part "${policy.components[at]?.id ?? ''}" is there twice`, 'Give it another id.'),
  )
  for (const [at, component] of policy.components.entries()) {
    const keys = ['components', at]
    for (const [place, id] of (component.pillars ?? []).entries()) unless(names.pillars, id, tell, [...keys, 'pillars', place], 'pillar')
    for (const [place, id] of (component.requirements ?? []).entries()) {
      unless(names.requirements, id, tell, [...keys, 'requirements', place], 'requirement')
    }
    if ((component.pillars ?? []).length + (component.requirements ?? []).length === 0) {
      tell(keys, `Part "${component.id}" is about nothing`, 'Name its pillars or its requirements.')
    }
    for (const [place, { id }] of (component.runs ?? []).entries()) {
      if (runs.has(id)) tell([...keys, 'runs', place, 'id'], `Test run "${id}" is there twice`, 'Give it another id.')
      runs.add(id)
    }
  }
  // What no part has would be asked for and tracked nowhere.
  const whole = new Set(policy.components.flatMap(({ pillars = [] }) => pillars))
  const singled = policy.components.some(({ requirements = [] }) => requirements.length > 0)
  for (const id of singled ? [] : names.pillars.ids) {
    if (!whole.has(id)) tell(['components'], `No part has the pillar "${id}"`, 'Add it to one, so that nothing is asked for unseen.')
  }
}

function ofAnswersSeen(policy: AnswersSeen, names: Names, tell: Tell): void {
  for (const [at, { form, seen }] of policy.rules.entries()) {
    unless(names.forms, form, tell, ['rules', at, 'form'], 'form')
    if ('answer' in seen) unless(names.forms, seen.answer.form, tell, ['rules', at, 'seen', 'answer', 'form'], 'form')
    if ('check' in seen && names.checks !== null) unless(names.checks, seen.check, tell, ['rules', at, 'seen', 'check'], 'check')
  }
  twice(policy.rules.map(({ id }) => id)).forEach((at) => tell(['rules', at, 'id'], 'The rule is there twice', 'Give it another id.'))
}

/** What is declared is read out of the form, so the form has to have it, and its kinds have to be the policy's. */
function declaresBy(
  policy: Extract<Parts['policies'][number]['part'], { readonly kind: 'significant-change' }>,
  form: Parts['forms'][number]['part'],
  tell: Tell,
): void {
  const fields = form.groups.flatMap((group) => group.fields)
  const any_change = fields.find(({ id }) => id === policy.form.any_change)
  const part = fields.find(({ id }) => id === policy.form.changes)?.parts?.find(({ id }) => id === policy.form.kind)
  if (any_change?.answer !== 'yes-no') {
    const says = `Form "${form.id}" asks no yes or no called "${policy.form.any_change}"`
    tell(['form', 'any_change'], says, 'Name the field that asks whether anything changed.')
  }
  if (part?.choices === undefined) {
    const says = `Form "${form.id}" has no records "${policy.form.changes}" with a choice "${policy.form.kind}"`
    return tell(['form', 'kind'], says, 'Name the list of changes, and the part of it that says the kind.')
  }
  for (const [at, { id }] of policy.kinds.entries()) {
    if (part.choices.includes(id)) continue
    tell(['kinds', at, 'id'], `Form "${form.id}" does not let anybody choose "${id}"`, 'Add it to the choices of that part.')
  }
}

function ofForm(form: Parts['forms'][number]['part'], tell: Tell): void {
  endsAfterItBegins(form, tell)
  const seen = new Set<string>()
  const all: Ids = { ids: new Set(form.groups.flatMap(({ fields }) => fields.map(({ id }) => id))), unread: [] }
  twice(form.groups.map(({ id }) => id)).forEach((at) => tell(['groups', at, 'id'], 'The group is there twice', 'Give it another id.'))
  for (const [group, { fields }] of form.groups.entries()) {
    for (const [at, field] of fields.entries()) {
      const keys = ['groups', group, 'fields', at]
      if (seen.has(field.id)) tell([...keys, 'id'], `Field "${field.id}" is there twice`, 'Give it another id; ids are unique in a form.')
      seen.add(field.id)
      if (field.when !== undefined) unless(all, field.when.field, tell, [...keys, 'when', 'field'], 'field')
    }
  }
}

function unless(known: Ids, id: string, tell: Tell, keys: readonly PropertyKey[], what: string): void {
  if (known.ids.has(id) || known.unread.some((stem) => isCalled(stem, id, true))) return
  const near = nearest(known.ids, id)
  const mend = near === null ? `There are: ${[...known.ids].sort().join(', ') || 'none yet'}.` : `Did you mean "${near}"?`
  tell(keys, `There is no ${what} "${id}"`, mend)
}

function endsAfterItBegins(part: { readonly since: string; readonly retired?: string | undefined }, tell: Tell): void {
  if (part.retired === undefined || part.retired > part.since) return
  tell(['retired'], `Retired on ${part.retired}, which is not after ${part.since}`, 'Put `retired` after `since`.')
}

function once<Part>(
  all: readonly Written<Part>[],
  nameOf: (part: Part) => string,
  key: string,
  tellOf: (one: Written<Part>) => Tell,
): void {
  const first = new Map<string, string>()
  for (const one of all) {
    const name = nameOf(one.part)
    const other = first.get(name)
    if (other === undefined) first.set(name, one.file)
    else tellOf(one)([key], `"${name}" is in ${other} as well`, 'Take one of the two away, or give it another id.')
  }
}

/** A file is called like what it holds, so that it is found: by its id, or the id's last part; a policy's or form's with a suffix. */
function named<Part extends { readonly id: string }>(one: Written<Part>, suffixed: boolean, tell: Tell): void {
  const { id } = one.part
  const stem = stemOf(one.file)
  if (isCalled(stem, id, suffixed)) return
  tell(['id'], `The file is called ${stem}.yaml and holds "${id}"`, `Call it ${id.split('.').at(-1) ?? id}.yaml.`)
}

const isCalled = (stem: string, id: string, suffixed: boolean): boolean =>
  [id, id.split('.').at(-1) ?? id].some(
    (name) => stem === name || (suffixed && (stem.startsWith(`${name}-`) || stem.startsWith(`${name}.`))),
  )

/** Places in a list at which something stands that stood there before. */
function twice(ids: readonly string[]): readonly number[] {
  return ids.flatMap((id, at) => (ids.indexOf(id) < at ? [at] : []))
}

function isZone(zone: string): boolean {
  try {
    return Temporal.PlainDate.from('2000-01-01').toZonedDateTime(zone) !== null
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** The name that differs by no more than two letters, if there is one. */
function nearest(known: ReadonlySet<string>, id: string): string | null {
  let best: string | null = null
  let least = 3
  for (const name of known) {
    const far = Math.abs(name.length - id.length) < least ? lettersApart(name, id) : least
    if (far < least) [best, least] = [name, far]
  }
  return best
}

/** Levenshtein's distance: letters to add, take away or change. */
function lettersApart(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let row = 1; row <= a.length; row++) {
    const here = [row]
    for (let at = 1; at <= b.length; at++) {
      const changed = (above[at - 1] ?? 0) + Number(a[row - 1] !== b[at - 1])
      here.push(Math.min(changed, (above[at] ?? 0) + 1, (here[at - 1] ?? 0) + 1))
    }
    above = here
  }
  return above.at(-1) ?? 0
}
