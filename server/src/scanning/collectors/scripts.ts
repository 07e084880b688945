import { sha1Hex } from '../../platform/crypto.ts'
import type { Artifacts, Observed, ScriptSeen, Silent } from '../check.ts'
import { recognisedIn, type LibraryIndex } from '../libraries.ts'
import { isOwn } from '../scope.ts'
import { secretsIn } from '../secrets.ts'
import { probeAndLook, silentAt, tooMany, withoutQuery, type Probing } from './exchange.ts'

/** A script that a page names. */
export type NamedScript = { readonly page: string; readonly url: string }

/**
 * The scripts of the pages that were seen: those on the app's own hosts are read, with the source maps that they name; those
 * of others are told by their address alone and never asked for.
 */
export async function collectScripts(
  probing: Probing,
  named: readonly NamedScript[],
  index: LibraryIndex | null,
): Promise<Observed<Artifacts['scripts']>> {
  const pages = new Map<string, string>()
  const left_out = new Map<string, string>()
  for (const { page, url } of named) {
    if (pages.has(url)) continue
    if (pages.size < MOST_SCRIPTS) pages.set(url, page)
    else left_out.set(url, page)
  }
  const asked = await Promise.all(
    [...pages].map(([url, page]) => (isOwn(url, probing.scope) ? read(url, page) : Promise.resolve(known(url, page)))),
  )
  return {
    kind: 'seen',
    value: {
      seen: asked.flatMap(({ seen }) => seen),
      advisories: index === null ? null : { as_of: index.as_of, libraries: index.libraries.length },
      silent: [
        ...asked.flatMap(({ silent }) => silent),
        ...[...left_out].slice(0, 1).map(([url]) => tooMany(url, `${left_out.size} scripts more than the ${MOST_SCRIPTS} that are read`)),
      ],
    },
  }

  type Looked = { readonly seen: readonly ScriptSeen[]; readonly silent: readonly Silent[] }

  function known(url: string, page: string): Looked {
    return {
      seen: [
        {
          url: withoutQuery(url),
          page,
          kind: 'foreign',
          status: null,
          bytes: null,
          secrets: [],
          libraries: index === null ? [] : recognisedIn(index, url, null, sha1Hex),
        },
      ],
      silent: [],
    }
  }

  async function read(url: string, page: string): Promise<Looked> {
    const observed = await probeAndLook(probing, { url }, (body) => ({
      secrets: secretsIn(body),
      libraries: index === null ? [] : recognisedIn(index, url, body, sha1Hex),
      map: mapOf(body, url),
    }))
    if (observed.kind === 'unseen') return { seen: [], silent: [silentAt(url, observed)] }
    const { exchange, found } = observed.value
    const good = exchange.status >= 200 && exchange.status < 300
    const script: ScriptSeen = {
      url: withoutQuery(url),
      page,
      kind: 'own',
      status: exchange.status,
      bytes: exchange.body_bytes,
      secrets: good ? found.secrets : [],
      libraries: good ? found.libraries : [],
    }
    if (!good || found.map === null || !isOwn(found.map, probing.scope)) return { seen: [script], silent: [] }
    const at = found.map
    const map = await probeAndLook(probing, { url: at }, secretsIn)
    // One that is too large or does not come is a gap; one that is not given to a visitor is none, and the usual case.
    if (map.kind === 'unseen') return { seen: [script], silent: [silentAt(at, map)] }
    const { status, body_bytes } = map.value.exchange
    if (status >= 300 && status < 500 && status !== 429) return { seen: [script], silent: [] }
    return {
      seen: [script, { url: withoutQuery(at), page, kind: 'map', status, bytes: body_bytes, secrets: map.value.found, libraries: [] }],
      silent: [],
    }
  }
}

const MOST_SCRIPTS = 40
/** Of one document; more than are read, so that it is known that there are more. */
const MOST_NAMED = 200
const LONGEST_TAG = 4_000

/** Addresses of the scripts in a document. Goes over it once, whatever stands in it: the text is a stranger's. */
export function scriptsIn(document: string, page: string): readonly NamedScript[] {
  const found = new Map<string, NamedScript>()
  const lower = document.toLowerCase()
  for (let at = 0; found.size < MOST_NAMED;) {
    const start = lower.indexOf('<script', at)
    const end = start === -1 ? -1 : document.indexOf('>', start)
    if (end === -1) break
    at = end + 1
    const tag = document.slice(start, Math.min(end, start + LONGEST_TAG) + 1)
    const [, double, single, bare] = /\ssrc\s{0,4}=\s{0,4}(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^\s"'>]{1,2000}))/i.exec(tag) ?? []
    const written = (double ?? single ?? bare)?.replaceAll('&amp;', '&')
    if (written === undefined || !URL.canParse(written, page)) continue
    const url = new URL(written, page)
    if (url.protocol === 'https:' || url.protocol === 'http:') found.set(url.href, { page: withoutQuery(page), url: url.href })
  }
  return [...found.values()]
}

/** The source map that a script names in its last lines. */
function mapOf(body: string, url: string): string | null {
  const written = /[#@] ?sourceMappingURL=([^\s'"*]{1,500})/.exec(body.slice(-2_000))?.[1]
  if (written === undefined || written.startsWith('data:') || !URL.canParse(written, url)) return null
  return new URL(written, url).href
}
