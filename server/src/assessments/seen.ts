import type { Json } from '../kernel/json.ts'
import type { AnswersSeen } from '../programmes/schema.ts'
import { fieldsOf, isAsked, type Answers } from './form.ts'
import type { Form } from '../programmes/schema.ts'

/** Answers held against what was seen. Pure: rules are data of the pack, and so is what they tell the partner. */

/** What was seen of an app. */
export type Seen = {
  readonly hosting: string
  readonly egress: readonly { readonly address: string; readonly analytics: boolean }[]
  /** Registrable domains that are the app's own. */
  readonly own_domains: readonly string[]
  readonly checks: { readonly [check: string]: string }
  /** Certifications that hold today. */
  readonly certifications: number
}

/** An app's published answers by form, with the forms as they are asked today. */
export type Said = ReadonlyMap<string, { readonly form: Form; readonly answers: Answers }>

export type Rule = AnswersSeen['rules'][number]
/** Finds the registrable domain of an address; handed in, since the list of public suffixes is no rule of ours. */
export type DomainOf = (address: string) => string | null

/** Rules that an app's answers break, those of which nothing can be told now, and fields whose answers were borne out. */
export type Compared = {
  readonly untold: readonly Rule[]
  readonly broken: readonly Rule[]
  readonly agreed: readonly { readonly form: string; readonly field: string }[]
}

/** Holds answers against what was seen. A question that nobody answered, or that is not asked, contradicts nothing. */
export function compare(rules: readonly Rule[], said: Said, seen: Seen, domainOf: DomainOf): Compared {
  const broken: Rule[] = []
  const untold: Rule[] = []
  const agreed = new Map<string, { readonly form: string; readonly field: string }>()
  for (const rule of rules) {
    const sheet = said.get(rule.form)
    const field = sheet === undefined ? undefined : fieldsOf(sheet.form).find(({ id }) => id === rule.field)
    const answer = sheet?.answers[rule.field]
    if (sheet === undefined || field === undefined || answer === undefined || !isAsked(sheet.form, field, sheet.answers)) continue
    if (!canBeSeen(rule.seen, seen)) {
      untold.push(rule)
      continue
    }
    if (!wasSeen(rule.seen, answer, sheet.answers, said, seen, domainOf)) continue
    if (typeof rule.says === 'object' || rule.says === answer) broken.push(rule)
    else if (rule.agrees !== undefined && rule.agrees === answer) {
      agreed.set(`${rule.form} ${rule.field}`, { form: rule.form, field: rule.field })
    }
  }
  // What one rule contradicts, another does not bear out.
  for (const { form, field } of broken) agreed.delete(`${form} ${field}`)
  return { broken, untold, agreed: [...agreed.values()] }
}

/** Whether a look could tell: a check that could not look, or is not made any more, says neither that something is so nor that it is not. */
const canBeSeen = (what: Rule['seen'], seen: Seen): boolean =>
  !('check' in what) ||
  (seen.checks[what.check] !== undefined && seen.checks[what.check] !== 'inconclusive' && seen.checks[what.check] !== 'review')

function wasSeen(what: Rule['seen'], answer: Json, answers: Answers, said: Said, seen: Seen, domainOf: DomainOf): boolean {
  if ('egress' in what) return seen.egress.some(({ analytics }) => what.egress === 'any' || !analytics)
  if ('hosting' in what) return (what.hosting as readonly string[]).includes(seen.hosting)
  if ('check' in what) return seen.checks[what.check] === what.outcome
  if ('certificates' in what) return seen.certifications === 0
  if ('recipients' in what) return unnamed(answers, what.recipients, seen, domainOf).length > 0
  const other = said.get(what.answer.form)?.answers[what.answer.field]
  if (other === undefined) return false
  return what.answer.is === undefined ? other !== answer : other === what.answer.is
}

/** Domains that the app may send data to and that nobody has named. */
function unnamed(
  answers: Answers,
  { named_in, part }: { readonly named_in: string; readonly part: string },
  seen: Seen,
  domainOf: DomainOf,
): readonly string[] {
  const records = answers[named_in]
  const named = (Array.isArray(records) ? records : []).flatMap((record: Json) => {
    const link = typeof record === 'object' && record !== null && !Array.isArray(record) ? (record as Answers)[part] : undefined
    return typeof link === 'string' ? [domainOf(link)] : []
  })
  const known = new Set([...seen.own_domains, ...named])
  return [...new Set(seen.egress.flatMap(({ address }) => domainOf(address) ?? []))].filter((domain) => !known.has(domain))
}
