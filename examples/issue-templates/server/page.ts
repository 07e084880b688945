import type { StoredTemplate } from './store.ts'

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
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head><body><main><h1>${escaped(
    title,
  )}</h1>${project === null ? '' : `<p>Project ${escaped(project)}</p>`}${body}</main></body></html>`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
