import { Temporal } from 'temporal-polyfill'
import type { Parts, Written } from './parse.ts'
import { draftedFor } from './phase.ts'
import { pathInWords, type Problem } from './problem.ts'
import type { Catalogue, Citation, Form, MetWhen, Policy, Programme, Requirement } from './schema.ts'

/**
 * What a programme may not do though it could be loaded: ask for something without saying how it is judged, state a number
 * without saying whose it is, show a sign that stands for nothing, write down a change that never judges.
 */

type Tell = (keys: readonly PropertyKey[], says: string, mend: string) => void

/** Everything that is wrong with a pack that was read without a mistake. `catalogues` are its versions, the oldest first. */
export function lint(parts: Parts, catalogues: readonly Catalogue[]): readonly Problem[] {
  const problems: Problem[] = []
  const tellOf =
    ({ file, lineOf }: Written<unknown>): Tell =>
    (keys, says, mend) =>
      problems.push({ file, path: pathInWords(keys), line: lineOf(keys), says, mend })
  const { programme } = parts
  if (programme === null) return []
  versionsInOrder(programme.part, tellOf(programme))
  tiersAskForSomething(parts, programme.part, tellOf(programme))
  signalsStandForSomething(parts, programme.part, tellOf(programme))
  ladderForEveryVersion(programme.part, catalogues, tellOf(programme))
  saysThatItIsIncomplete(parts, programme.part, tellOf(programme))
  saysHowToComeAlong(parts, programme.part, tellOf)
  for (const one of parts.requirements) {
    hasMethod(one.part, tellOf(one))
    isVerifiedAsItSays(one.part, tellOf(one))
    revisionsBegin(one.part, programme.part, tellOf(one))
    needsWhatIsInForce(one.part, catalogues, tellOf(one))
    saysWhoseNumbers(one.part.cites, ['cites'], tellOf(one))
    for (const [at, { cites }] of (one.part.revisions ?? []).entries()) {
      saysWhoseNumbers(cites ?? [], ['revisions', at, 'cites'], tellOf(one))
    }
  }
  for (const one of parts.policies) {
    saysWhoseNumbers(one.part.cites, ['cites'], tellOf(one))
    beginsWithAVersion(one.part.since, programme.part, ['since'], tellOf(one))
    policyMakesSense(one.part, programme.part, tellOf(one))
  }
  for (const one of parts.forms) {
    saysWhoseNumbers(one.part.cites, ['cites'], tellOf(one))
    beginsWithAVersion(one.part.since, programme.part, ['since'], tellOf(one))
    formCanBeFilledIn(one.part, tellOf(one))
  }
  return problems
}

function versionsInOrder(programme: Programme, tell: Tell): void {
  for (const [at, version] of programme.versions.entries()) {
    if (version.published > version.effective) {
      tell(['versions', at, 'effective'], 'It judges before it was published', 'Put `effective` on the day of `published` or after it.')
    }
    if (version.superseded !== undefined && version.superseded <= version.effective) {
      tell(['versions', at, 'superseded'], 'It ends before it begins', 'Put `superseded` after `effective`.')
    }
    const before = programme.versions[at - 1]
    if (before === undefined) continue
    if (numbersOf(before.version) >= numbersOf(version.version)) {
      tell(['versions', at, 'version'], `${version.version} comes after ${before.version}`, 'List versions from the oldest to the newest.')
    }
    if (before.effective >= version.effective) {
      const mend = 'The newest version whose day has come judges, so each one begins after the one before it.'
      tell(['versions', at, 'effective'], `${version.version} does not begin after ${before.version}`, mend)
    }
  }
  const last = programme.versions.at(-1)
  if (last?.superseded !== undefined) {
    const mend = 'Take the day away: ending a programme is an act of its operator.'
    tell(['versions', programme.versions.length - 1, 'superseded'], 'The newest version is superseded by nothing', mend)
  }
}

/** What is announced ahead comes with a guide, so that nobody has to guess what to do until the day. */
function saysHowToComeAlong(parts: Parts, programme: Programme, tellOf: (one: Written<unknown>) => Tell): void {
  const drafted = (day: string): boolean => draftedFor(programme, day) !== null
  const mend = 'Add `adoption_guide`: what an app that is listed already does until that day.'
  for (const one of parts.requirements) {
    const { since, adoption_guide, revisions = [], advisory } = one.part
    if (advisory === true) continue
    if (drafted(since) && adoption_guide === undefined)
      tellOf(one)(['adoption_guide'], `Begins on ${since}, and no guide says how to come along`, mend)
    for (const [at, revision] of revisions.entries()) {
      if (!drafted(revision.since) || revision.met_when === undefined || revision.adoption_guide !== undefined) continue
      tellOf(one)(['revisions', at, 'adoption_guide'], `Judged otherwise from ${revision.since}, and no guide says how to come along`, mend)
    }
  }
}

/** A calendar version as one number that sorts: 2026.12 after 2026.2. */
function numbersOf(version: string): number {
  const [year = 0, number = 0] = version.split('.').map(Number)
  return year * 1_000_000 + number
}

function tiersAskForSomething({ requirements }: Parts, programme: Programme, tell: Tell): void {
  const standing = requirements.map(({ part }) => part).filter(({ retired, advisory }) => retired === undefined && advisory !== true)
  for (const [at, { id }] of programme.tiers.entries()) {
    if (standing.some((requirement) => tiersOf(requirement).includes(id))) continue
    tell(['tiers', at, 'id'], `Tier "${id}" asks for nothing`, 'Name it in the `tiers` of a requirement that stands, or take it away.')
  }
  for (const [at, { id }] of programme.pillars.entries()) {
    if (requirements.some(({ part }) => part.pillar === id)) continue
    tell(['pillars', at, 'id'], `Pillar "${id}" holds nothing`, 'Put a requirement on it, or take it away.')
  }
}

/** The tiers that ask for a requirement once all its revisions have begun. */
const tiersOf = (requirement: Requirement): readonly string[] =>
  (requirement.revisions ?? []).findLast(({ tiers }) => tiers !== undefined)?.tiers ?? requirement.tiers

function signalsStandForSomething({ requirements }: Parts, programme: Programme, tell: Tell): void {
  const asked = new Map(requirements.map(({ part }) => [part.id, new Set([...part.tiers, ...tiersOf(part)])]))
  for (const [at, signal] of (programme.signals ?? []).entries()) {
    if (signal.requirements.length === 0 && signal.note === undefined) {
      tell(['signals', at, 'requirements'], 'Nothing is behind this signal', 'Name its requirements, or say in `note` why there are none.')
    }
    for (const { id } of programme.tiers) {
      const says = signal.tiers[id]
      if (says === undefined) {
        tell(['signals', at, 'tiers'], `Tier "${id}" has no cell in the table`, 'Say yes, optional or no.')
      } else if (says === 'yes' && signal.requirements.length > 0 && !signal.requirements.some((name) => asked.get(name)?.has(id))) {
        const mend = 'Ask for one of its requirements in that tier, or say optional or no.'
        tell(['signals', at, 'tiers', id], `The table says yes, and nothing behind it is asked for in "${id}"`, mend)
      }
    }
  }
}

/** Without a ladder nothing would ever follow from a breach. */
function ladderForEveryVersion(programme: Programme, catalogues: readonly Catalogue[], tell: Tell): void {
  for (const [at, { version }] of programme.versions.entries()) {
    const ladders = catalogues.find((one) => one.version === version)?.policies.filter(({ kind }) => kind === 'enforcement') ?? []
    if (ladders.length === 1) continue
    const says =
      ladders.length === 0 ? 'No policy of enforcement holds in this version' : 'Several policies of enforcement hold in this version'
    tell(['versions', at, 'version'], says, 'Have one in policies/ that begins with the first version.')
  }
}

function hasMethod(requirement: Requirement, tell: Tell): void {
  if (requirement.met_when !== undefined) return
  const mend = 'Add `met_when`: a check, an objective, deadlines, a form, a record, or an attestation with evidence, reviewer and expiry.'
  tell(['met_when'], 'Nothing says how it is judged', mend)
}

/** What one word promises to readers must be among what is done: only the plain contradictions are told. */
function isVerifiedAsItSays(requirement: Requirement, tell: Tell): void {
  const methods = [requirement.met_when, ...(requirement.revisions ?? []).map(({ met_when }) => met_when)].flatMap((one) =>
    one === undefined ? [] : methodsIn(one),
  )
  // Of what is not published nobody can say who looks.
  if (methods.length === 0 || methods.some((one) => 'unpublished' in one)) return
  const has = (...kinds: readonly string[]): boolean => methods.some((one) => kinds.some((kind) => kind in one))
  const wrong = (says: string, mend: string): void => tell(['verified_by'], says, mend)
  switch (requirement.verified_by) {
    case 'scan':
      if (!has('check'))
        wrong('Says that it is scanned, and no check is in its method', 'Name a check, or say record, attestation or derived.')
      break
    case 'probe':
      if (!has('slo', 'check')) wrong('Says that it is probed, and nothing is measured', 'Name an objective or a check, or say record.')
      break
    case 'attestation':
      if (!has('attestation', 'form', 'record')) wrong('Says that a person attests it, and no person does', 'Say probe, scan or derived.')
      break
    case 'record':
      if (!has('record', 'form', 'clocks', 'slo'))
        wrong('Says that a record shows it, and no record is asked for', 'Name a record or figures, or say scan or attestation.')
      break
    case 'derived':
      break
  }
}

/** What is unknown is said of the whole as well, so that nobody takes a part for it. */
function saysThatItIsIncomplete({ requirements }: Parts, programme: Programme, tell: Tell): void {
  const unknown = requirements.some(({ part }) =>
    [part.met_when, ...(part.revisions ?? []).map(({ met_when }) => met_when)].some(
      (one) => one !== undefined && methodsIn(one).some((method) => 'unpublished' in method),
    ),
  )
  if (unknown && programme.incomplete === undefined) {
    tell(
      ['incomplete'],
      'Something in it is not published, and the programme does not say so',
      'Add `incomplete`: what is not known, with its sources.',
    )
  }
  if (!unknown && programme.incomplete !== undefined) {
    tell(
      ['incomplete'],
      'Says that it is incomplete, and every requirement can be judged',
      'Take it away, or mark with `unpublished` what is not known.',
    )
  }
}

function methodsIn(method: MetWhen): readonly MetWhen[] {
  if ('all_of' in method) return method.all_of.flatMap(methodsIn)
  if ('any_of' in method) return method.any_of.flatMap(methodsIn)
  if ('first_of' in method) return method.first_of.flatMap(methodsIn)
  return [method]
}

function revisionsBegin(requirement: Requirement, programme: Programme, tell: Tell): void {
  for (const [at, { since }] of (requirement.revisions ?? []).entries()) {
    beginsWithAVersion(since, programme, ['revisions', at, 'since'], tell)
  }
}

/** What changes is folded in when a version begins; what is dated after the last one would be written down and never judge. */
function beginsWithAVersion(since: string, programme: Programme, keys: readonly PropertyKey[], tell: Tell): void {
  if (programme.versions.some(({ effective }) => effective >= since)) return
  tell(keys, `No version begins on ${since} or later, so this never judges`, 'Add a version that begins on its day.')
}

/** A requirement that counts in a version needs its policies and forms in that version. */
function needsWhatIsInForce(requirement: Requirement, catalogues: readonly Catalogue[], tell: Tell): void {
  for (const { programme, version, requirements, policies, forms } of catalogues) {
    const day = programme.versions.find((one) => one.version === version)?.effective ?? ''
    const reads = requirements.find(({ id }) => id === requirement.id)
    if (reads?.met_when === undefined || reads.since > day || (reads.retired !== undefined && reads.retired <= day)) continue
    for (const method of methodsIn(reads.met_when)) {
      const mend = 'Let it begin with the requirement, or the requirement with it.'
      if ('clocks' in method && !policies.some(({ id }) => id === method.clocks.policy)) {
        return tell(['met_when'], `In version ${version} no policy "${method.clocks.policy}" holds`, mend)
      }
      if ('form' in method && !forms.some(({ id }) => id === method.form.form)) {
        return tell(['met_when'], `In version ${version} no form "${method.form.form}" holds`, mend)
      }
    }
  }
}

function saysWhoseNumbers(cites: readonly Citation[], keys: readonly PropertyKey[], tell: Tell): void {
  for (const [at, { confidence, note }] of cites.entries()) {
    if (confidence !== 'ours' || (note !== undefined && note.trim() !== '')) continue
    tell([...keys, at, 'confidence'], 'Says ours, and not what is ours', 'Add a `note`: which number or rule is our own default, and why.')
  }
}

function policyMakesSense(policy: Policy, programme: Programme, tell: Tell): void {
  switch (policy.kind) {
    case 'enforcement': {
      if (programme.tiers.some(({ kind }) => kind === 'base') && policy.listing.length === 0) {
        tell(
          ['listing'],
          'A tier binds every app, and no step follows for a listing',
          'Say after which span it is warned, hidden and paused.',
        )
      }
      rises(
        policy.listing.map(({ after }) => after),
        (at) => tell(['listing', at, 'after'], 'This step comes before the one above it', 'Order the steps by their spans.'),
      )
      break
    }
    case 'fix-windows': {
      rises(
        policy.windows.map(({ fix_within }) => fix_within),
        (at) =>
          tell(
            ['windows', at, 'fix_within'],
            'A lesser hole has less time than a graver one',
            'Order windows from the gravest, with growing spans.',
          ),
      )
      for (const [at, window] of policy.windows.entries()) {
        const graver = policy.windows[at - 1]
        if (graver === undefined || graver.from_score > window.from_score) continue
        tell(['windows', at, 'from_score'], 'The scores do not fall', 'Order windows from the gravest, with falling scores.')
      }
      break
    }
    case 'support':
    case 'incidents':
    case 'annual-review':
    case 'significant-change':
    case 'probing':
    case 'review':
    case 'due-process':
      break
  }
}

function rises(spans: readonly string[], wrongAt: (at: number) => void): void {
  for (const [at, span] of spans.entries()) {
    const before = spans[at - 1]
    if (before === undefined) continue
    if (Temporal.Duration.compare(before, span, { relativeTo: Temporal.PlainDate.from('2001-01-01') }) > 0) wrongAt(at)
  }
}

function formCanBeFilledIn(form: Form, tell: Tell): void {
  const fields = new Map(form.groups.flatMap((group) => group.fields.map((field) => [field.id, field] as const)))
  for (const [group, inside] of form.groups.entries()) {
    for (const [at, field] of inside.fields.entries()) {
      const keys = ['groups', group, 'fields', at]
      if (field.answer === 'choice' && (field.choices ?? []).length < 2) {
        tell([...keys, 'choices'], 'A choice between fewer than two answers', 'Add `choices`, or ask for another kind of answer.')
      }
      for (const [place, { answer }] of (field.scoring ?? []).entries()) {
        if (canBe(field, answer)) continue
        tell(
          [...keys, 'scoring', place, 'answer'],
          `Nobody can answer ${JSON.stringify(answer)} here`,
          'Name an answer that the field can have.',
        )
      }
      const asked_when = field.when === undefined ? undefined : fields.get(field.when.field)
      if (field.when === undefined || asked_when === undefined) continue
      if (!canBe(asked_when, field.when.is)) {
        const says = `"${field.when.field}" is never answered ${JSON.stringify(field.when.is)}, so this is never asked`
        tell([...keys, 'when', 'is'], says, 'Name an answer that the field can have.')
      }
    }
  }
}

type Field = Form['groups'][number]['fields'][number]

/** Whether a field can have an answer, where that can be known beforehand. */
function canBe(field: Field, answer: string | boolean): boolean {
  if (field.answer === 'yes-no') return typeof answer === 'boolean'
  if (field.choices !== undefined) return typeof answer === 'string' && field.choices.includes(answer)
  return typeof answer === 'string'
}
