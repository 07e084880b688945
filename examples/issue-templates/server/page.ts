import type { Made } from './creating.ts'
import type { StoredTemplate } from './store.ts'
import type { filledIn } from './templates.ts'

const TITLES: { readonly [path: string]: string } = {
  '/ui/use': 'Create from template',
  '/ui/project': 'Templates of this project',
  '/ui/admin': 'All templates',
}

/** A page inside the host's frame: the tenant's templates, complete without a script. */
export function page(path: string, project: string | null, templates: readonly StoredTemplate[]): string {
  const title = TITLES[path] ?? 'Issue templates'
  const rows = templates.map(
    (template) =>
      `<tr><td>${escaped(template.name)}</td><td>${escaped(template.project ?? 'every project')}</td><td>${template.issues.length}</td><td>${template.links.length}</td><td>${escaped(
        template.variables.map((variable) => variable.name).join(', ') || 'none',
      )}</td></tr>`,
  )
  const body =
    rows.length === 0
      ? '<p>There is no template yet. An administrator adds the first one.</p>'
      : `<table><thead><tr><th>Template</th><th>Project</th><th>Issues</th><th>Links kept</th><th>Variables</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
  return document(title, project, body)
}

/** What came of a form that was sent: the answers as they were typed, and the set or what is missing. */
export type Filled = {
  readonly template: string
  readonly answers: { readonly [name: string]: string }
  readonly result: ReturnType<typeof filledIn>
  /** Why the set that is shown was not created. */
  readonly notice: string | null
}

/**
 * The create-issue flow: choose a template, answer its questions, see the issues and links as they are going to be, create them.
 * A form for each template, so that it works inside the host's frame without a script and without a cookie: the ticket in it says
 * who asks.
 */
export function usePage(
  project: string | null,
  templates: readonly StoredTemplate[],
  of: { readonly tickets: { readonly use: string; readonly create: string }; readonly filled: Filled | null },
): string {
  const { tickets, filled } = of
  const at = project === null ? '' : `?project=${encodeURIComponent(project)}`
  const forms = templates.map((template) => {
    const sent = filled?.template === template.id ? filled : null
    const mistakes = sent !== null && 'mistakes' in sent.result ? sent.result.mistakes : []
    const questions = template.variables.map((variable) => {
      const id = `${template.id}-${variable.name}`
      const wrong = mistakes.find(({ at }) => at === variable.name)
      const typed = sent?.answers[variable.name] ?? variable.default ?? ''
      return `<p><label for="${escaped(id)}">${escaped(variable.ask)}${variable.required ? ' (needed)' : ''}</label> <input id="${escaped(id)}" name="answer.${escaped(variable.name)}" value="${escaped(typed)}"${
        wrong === undefined ? '' : ` aria-invalid="true" aria-describedby="${escaped(id)}-wrong"`
      }>${wrong === undefined ? '' : ` <strong id="${escaped(id)}-wrong">${escaped(wrong.says)}</strong>`}</p>`
    })
    const count = `${template.issues.length} ${template.issues.length === 1 ? 'issue' : 'issues'}, ${template.links.length} ${template.links.length === 1 ? 'link' : 'links'}`
    return `<details${sent === null ? '' : ' open'}><summary>${escaped(template.name)} (${count})</summary><form method="post" action="/ui/use${at}"><input type="hidden" name="jwt" value="${escaped(tickets.use)}"><input type="hidden" name="template" value="${escaped(template.id)}">${questions.join('')}<button type="submit">See the issues</button></form>${sent === null || 'mistakes' in sent.result ? '' : setOf(sent.result) + creation(template, sent)}</details>`
  })
  /** What was looked at goes along, and the template's version with it: what is created is what was seen. */
  function creation({ id, version, variables }: StoredTemplate, { answers, notice }: Filled): string {
    const said = notice === null ? '' : `<p role="alert"><strong>${escaped(notice)}</strong></p>`
    if (project === null) return `${said}<p>Open this page from a project to create them there.</p>`
    const carried = [
      ['jwt', tickets.create],
      ['template', id],
      ['version', String(version)],
      ...variables.map(({ name }) => [`answer.${name}`, answers[name] ?? ''] as const),
    ] as const
    const hidden = carried.map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
    return `${said}<form method="post" action="/ui/create${at}">${hidden.join('')}<button type="submit">Create in ${escaped(project)}</button></form>`
  }
  const body = forms.length === 0 ? '<p>There is no template yet. An administrator adds the first one.</p>' : forms.join('')
  return document(TITLES['/ui/use'] ?? '', project, body)
}

/** What came of it: the issues by their keys, and what could not be made with the host's reason. */
export function madePage(project: string, host: string, { issues, links }: Made): string {
  const rows = issues.map(({ summary, key, why }) =>
    key === null
      ? `<li>Not created: “${escaped(summary)}”. ${escaped(why ?? '')}</li>`
      : `<li><a href="${escaped(host)}/browse/${encodeURIComponent(key)}" target="_top">${escaped(key)}</a> ${escaped(summary)}</li>`,
  )
  const nameOf = (ref: string): string => {
    const issue = issues.find((one) => one.ref === ref)
    return issue?.key ?? `“${issue?.summary ?? ref}”`
  }
  const ties = links.map(
    ({ from, to, type, why }) =>
      `<li>${why === null ? '' : 'Not linked: '}${escaped(nameOf(from))} ${escaped(type)} ${escaped(nameOf(to))}${why === null ? '' : `. ${escaped(why)}`}</li>`,
  )
  const lists = `<ol>${rows.join('')}</ol>${ties.length === 0 ? '' : `<h2>Links</h2><ul>${ties.join('')}</ul>`}`
  return document(
    issues.every(({ key }) => key === null) ? 'Nothing was created' : 'Created',
    project,
    `${lists}<p>Nothing in these issues points back to the app.</p>`,
  )
}

type Set = Exclude<Filled['result'], { readonly mistakes: unknown }>

function setOf({ issues, links }: Set): string {
  const rows = issues.map(
    ({ ref, type, summary, description, labels }) =>
      `<li value="${issues.findIndex((one) => one.ref === ref) + 1}"><strong>${escaped(type)}: ${escaped(summary)}</strong>${description === '' ? '' : `<pre>${escaped(description)}</pre>`}${labels.length === 0 ? '' : `<p>Labels: ${escaped(labels.join(', '))}</p>`}</li>`,
  )
  const nameOf = (ref: string): string => issues.find((one) => one.ref === ref)?.summary ?? ref
  const ties = links.map(({ from, to, type }) => `<li>“${escaped(nameOf(from))}” ${escaped(type)} “${escaped(nameOf(to))}”</li>`)
  return `<section aria-label="Issues of this set"><ol>${rows.join('')}</ol>${ties.length === 0 ? '' : `<ul>${ties.join('')}</ul>`}</section>`
}

function document(title: string, project: string | null, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head><body><main><h1>${escaped(
    title,
  )}</h1>${project === null ? '' : `<p>Project ${escaped(project)}</p>`}${body}</main></body></html>`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
