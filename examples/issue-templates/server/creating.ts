import type { CallsHost } from './host.ts'
import type { Tenant } from './store.ts'
import type { IssueShape, Link } from './templates.ts'

/** An issue of a set as it came out: its key in the host, or why there is none. */
export type MadeIssue = { readonly ref: string; readonly summary: string; readonly key: string | null; readonly why: string | null }

/** A link of a set as it came out. */
export type MadeLink = { readonly from: string; readonly to: string; readonly type: string; readonly why: string | null }

export type Made = { readonly issues: readonly MadeIssue[]; readonly links: readonly MadeLink[] }

/** The host refused before anything was made, in its own words or ours. */
export class NotMade extends Error {}

/** As many issues as the host takes in one call. */
const AT_ONCE = 50

/**
 * Creates a set in the host: first all issues, then the links between those that are there. A type that the project does
 * not have stops all of it beforehand, so that no half of a set has to be cleaned up for a misspelt word.
 */
export async function createSet(
  call: CallsHost,
  of: { readonly tenant: Tenant; readonly user_token: string | null; readonly project: string },
  { issues, links }: { readonly issues: readonly IssueShape[]; readonly links: readonly Link[] },
): Promise<Made> {
  const { tenant, user_token, project } = of
  await typesAreThere()
  const made: MadeIssue[] = []
  for (let from = 0; from < issues.length; from += AT_ONCE) made.push(...(await createdIssues(issues.slice(from, from + AT_ONCE))))
  const keys = new Map(made.map(({ ref, key }) => [ref, key]))
  const tied: MadeLink[] = []
  for (const link of links) tied.push({ ...link, why: await tie(link) })
  return { issues: made, links: tied }

  async function typesAreThere(): Promise<void> {
    const { status, body } = await call(tenant, user_token, {
      method: 'GET',
      path: `/rest/api/3/issue/createmeta/${encodeURIComponent(project)}/issuetypes?maxResults=200`,
    })
    if (status !== 200) throw new NotMade(`The site says: ${saidBy(body, status)}`)
    const named = (body as { readonly issueTypes?: readonly { readonly name?: unknown }[] } | null)?.issueTypes ?? []
    const known = new Set(named.map(({ name }) => name))
    const unknown = [...new Set(issues.map(({ type }) => type))].filter((type) => !known.has(type))
    if (unknown.length > 0)
      throw new NotMade(
        `Project ${project} has no issue type ${unknown.map((type) => `“${type}”`).join(', ')}. Ask whoever manages the template to change it.`,
      )
  }

  async function createdIssues(some: readonly IssueShape[]): Promise<readonly MadeIssue[]> {
    const issueUpdates = some.map((issue) => ({ fields: fieldsOf(issue, project) }))
    const { status, body } = await call(tenant, user_token, { method: 'POST', path: '/rest/api/3/issue/bulk', body: { issueUpdates } })
    const told = (body ?? {}) as {
      readonly issues?: readonly { readonly key?: unknown }[]
      readonly errors?: readonly { readonly failedElementNumber?: unknown; readonly elementErrors?: unknown }[]
    }
    const refused = new Map((told.errors ?? []).map((error) => [error.failedElementNumber, saidBy(error.elementErrors, status)]))
    const keys = (told.issues ?? []).map(({ key }) => key)
    return some.map(({ ref, summary }, place) => {
      const why = refused.get(place)
      if (why !== undefined) return { ref, summary, key: null, why }
      const key = keys.shift()
      return typeof key === 'string' ? { ref, summary, key, why: null } : { ref, summary, key: null, why: saidBy(body, status) }
    })
  }

  /** Why a link could not be made; null when it was. */
  async function tie({ from, to, type }: Link): Promise<string | null> {
    const [inward, outward] = [keys.get(from), keys.get(to)]
    if (typeof inward !== 'string' || typeof outward !== 'string') return 'One of its two issues was not created.'
    // The host shows the name of the type on the issue that is called inward: inward blocks outward.
    const ends = { type: { name: type }, inwardIssue: { key: inward }, outwardIssue: { key: outward } }
    const { status, body } = await call(tenant, user_token, { method: 'POST', path: '/rest/api/3/issueLink', body: ends })
    return status < 300 ? null : saidBy(body, status)
  }
}

function fieldsOf({ summary, description, type, labels }: IssueShape, project: string): object {
  return {
    project: { key: project },
    issuetype: { name: type },
    summary,
    ...(description === '' ? {} : { description: asDocument(description) }),
    ...(labels.length === 0 ? {} : { labels }),
  }
}

/** Text in the host's document format: a paragraph for each line. */
function asDocument(text: string): object {
  const paragraphs = text
    .split('\n')
    .map((line) => (line === '' ? { type: 'paragraph' } : { type: 'paragraph', content: [{ type: 'text', text: line }] }))
  return { type: 'doc', version: 1, content: paragraphs }
}

/** The host's reason: general messages, then those about a field. */
function saidBy(body: unknown, status: number): string {
  const { errorMessages, errors } = (body ?? {}) as { readonly errorMessages?: unknown; readonly errors?: unknown }
  const general = Array.isArray(errorMessages) ? errorMessages : []
  const fields = typeof errors === 'object' && errors !== null && !Array.isArray(errors) ? Object.values(errors) : []
  const said = [...general, ...fields].filter((one): one is string => typeof one === 'string')
  return said.length === 0 ? `the site answers ${status}` : said.join(' ').slice(0, 500)
}
