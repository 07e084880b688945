/** What a template is and how issues come out of it. Pure. */

/** A place in a template that the person fills in: `{{name}}`. */
export type Variable = { readonly name: string; readonly ask: string; readonly default: string | null; readonly required: boolean }

/** One issue of a set. `ref` is its name inside the set, so that links can point at it before the issue exists. */
export type IssueShape = {
  readonly ref: string
  readonly summary: string
  readonly description: string
  readonly type: string
  readonly labels: readonly string[]
}

/** A link between two issues of the set, kept when the set is created. */
export type Link = { readonly from: string; readonly to: string; readonly type: string }

/** A template: one issue or a whole set, global or of one project. */
export type Template = {
  readonly name: string
  /** Null: usable in every project of the tenant. */
  readonly project: string | null
  readonly variables: readonly Variable[]
  readonly issues: readonly IssueShape[]
  readonly links: readonly Link[]
}

/** What is wrong with a template or with the answers; each names its place. */
export type Mistake = { readonly at: string; readonly says: string }

const VARIABLE = /\{\{\s*([a-z][a-z0-9_]{0,39})\s*\}\}/g
const NAME = /^[a-z][a-z0-9_]{0,39}$/
const LONGEST_TEXT = 32_000
const MOST_ISSUES = 100

/** Checks a template before it is kept. */
export function mistakesOf(template: Template): readonly Mistake[] {
  const mistakes: Mistake[] = []
  if (template.name.trim() === '' || template.name.length > 120) mistakes.push({ at: 'name', says: 'Give a name of 1 to 120 characters.' })
  if (template.issues.length === 0 || template.issues.length > MOST_ISSUES)
    mistakes.push({ at: 'issues', says: `Give 1 to ${MOST_ISSUES} issues.` })
  const refs = new Set<string>()
  const known = new Set(template.variables.map((variable) => variable.name))
  for (const [place, variable] of template.variables.entries()) {
    if (!NAME.test(variable.name))
      mistakes.push({ at: `variables/${place}/name`, says: `“${variable.name}” is no name: lower-case letters, digits and underscores.` })
    if (variable.ask.trim() === '') mistakes.push({ at: `variables/${place}/ask`, says: 'A variable needs a question to ask.' })
  }
  if (known.size !== template.variables.length) mistakes.push({ at: 'variables', says: 'Two variables have the same name.' })
  for (const [place, issue] of template.issues.entries()) {
    if (refs.has(issue.ref)) mistakes.push({ at: `issues/${place}/ref`, says: `“${issue.ref}” names two issues.` })
    refs.add(issue.ref)
    if (issue.ref.trim() === '') mistakes.push({ at: `issues/${place}/ref`, says: 'An issue needs a short name of its own.' })
    if (issue.type.trim() === '') mistakes.push({ at: `issues/${place}/type`, says: 'An issue needs a type.' })
    if (issue.summary.trim() === '') mistakes.push({ at: `issues/${place}/summary`, says: 'An issue needs a summary.' })
    for (const [field, text] of [
      ['summary', issue.summary],
      ['description', issue.description],
    ] as const) {
      if (text.length > LONGEST_TEXT) mistakes.push({ at: `issues/${place}/${field}`, says: `At most ${LONGEST_TEXT} characters.` })
      for (const [, name] of text.matchAll(VARIABLE)) {
        if (name !== undefined && !known.has(name))
          mistakes.push({ at: `issues/${place}/${field}`, says: `“{{${name}}}” is not one of the variables.` })
      }
    }
  }
  for (const [place, link] of template.links.entries()) {
    for (const end of [link.from, link.to]) {
      if (!refs.has(end)) mistakes.push({ at: `links/${place}`, says: `“${end}” is not an issue of this set.` })
    }
    if (link.type.trim() === '') mistakes.push({ at: `links/${place}/type`, says: 'A link needs a type.' })
    if (link.from === link.to) mistakes.push({ at: `links/${place}`, says: 'A link needs two different issues.' })
  }
  return mistakes
}

/** The issues and links that come out of a template for these answers, or what is missing. Answers are text, never templates themselves. */
export function filledIn(
  template: Template,
  answers: { readonly [name: string]: string },
): { readonly issues: readonly IssueShape[]; readonly links: readonly Link[] } | { readonly mistakes: readonly Mistake[] } {
  const values = new Map<string, string>()
  const mistakes: Mistake[] = []
  for (const variable of template.variables) {
    const given = Object.hasOwn(answers, variable.name) ? answers[variable.name]?.trim() : undefined
    const value = given === undefined || given === '' ? variable.default : given
    if (value === null && variable.required) mistakes.push({ at: variable.name, says: `${variable.ask} is needed.` })
    values.set(variable.name, value ?? '')
  }
  if (mistakes.length > 0) return { mistakes }
  // One pass: a value that looks like a placeholder stays text, so nobody's answer can pull in another's.
  const fill = (text: string): string => text.replaceAll(VARIABLE, (_, name: string) => values.get(name) ?? '')
  return {
    issues: template.issues.map((issue) => ({
      ...issue,
      summary: fill(issue.summary),
      description: fill(issue.description),
      labels: [...issue.labels],
    })),
    links: template.links,
  }
}
