import type { AppDescription } from '../../directory/description.ts'
import type { Artifacts, InputProbe, Observed, Reflection } from '../check.ts'
import { isOwn } from '../scope.ts'
import { probeAndLook, silentAt, tooMany, withoutQuery, type Probing } from './exchange.ts'

/**
 * What a page does with what comes in its address: each declared parameter is given a marker that no browser would run, all
 * of them in one request, and those that sound like a way back are given an address that nobody can own. GET only, as a
 * visitor; as a signed-in person the handshake asks the same.
 */
export async function collectInputs(probing: Probing, description: AppDescription): Promise<Observed<Artifacts['inputs']>> {
  const pages = inputsOf(description, probing)
  const wanted = pages.slice(0, MOST_PAGES).flatMap((page) => questionsOf(page, canaryOf(probing)))
  const asked = await Promise.all(
    wanted.map(async (question) => ({
      question,
      observed: await probeAndLook(probing, { url: question.url }, (body) => reflectionsIn(body, question.parameters)),
    })),
  )
  return {
    kind: 'seen',
    value: {
      probes: asked.flatMap(({ question, observed }) =>
        observed.kind === 'seen' ? [inputProbe(question, 'visitor', observed.value.exchange, observed.value.found)] : [],
      ),
      silent: [
        ...asked.flatMap(({ question, observed }) => (observed.kind === 'unseen' ? [silentAt(question.url, observed)] : [])),
        ...pages.slice(MOST_PAGES).map((page) => tooMany(page, `only ${MOST_PAGES} pages are asked with other values`)),
      ],
    },
  }
}

/** Own pages whose address takes parameters. */
export const inputsOf = (description: AppDescription, probing: Pick<Probing, 'scope'>): readonly string[] => [
  ...new Set(
    description.endpoints.flatMap(({ kind, url }) =>
      (kind === 'page' || kind === 'admin-page') && url !== null && isOwn(url, probing.scope) && new URL(url).search.length > 1
        ? [url]
        : [],
    ),
  ),
]

/** Pages of one app that are asked with other values. */
export const MOST_PAGES = 20

/** A page asked with other values. `page` is its address as declared. */
export type Question = {
  readonly page: string
  readonly url: string
  readonly kind: 'marker' | 'canary'
  readonly parameters: readonly string[]
}

/** RFC 2606: no one can register a name under `.example`. */
export const canaryOf = (probing: Pick<Probing, 'chance'>): string =>
  `https://scan-${Buffer.from(probing.chance(6)).toString('hex')}.example/`

/** At most two requests for a page. */
export function questionsOf(page: string, canary: string): readonly Question[] {
  const parameters = [...new Set(new URL(page).searchParams.keys())].slice(0, MOST_PARAMETERS)
  const back = parameters.filter((name) => LEADS_BACK.test(name))
  const marked = new URL(page)
  for (const [place, name] of parameters.entries()) marked.searchParams.set(name, markerOf(place))
  const led = new URL(page)
  for (const name of back) led.searchParams.set(name, canary)
  return [
    { page, url: marked.href, kind: 'marker', parameters },
    ...(back.length === 0 ? [] : [{ page, url: led.href, kind: 'canary' as const, parameters: back }]),
  ]
}

const MOST_PARAMETERS = 50

/** Names that a developer gives to the address to return to. */
const LEADS_BACK =
  /^(back|callback|cont(inue)?|dest(ination)?|forward|from|goto|next|out|redir(ect(ion)?)?|ref(errer)?|return|target|to|url)([_-]?(ur[il]|to|path|page|target))?$/i

/** Says which parameter it was, breaks out of markup and quotes, and is nothing that a browser runs. */
const markerOf = (place: number): string => `zqx7m${place}e"'<>`

/** Where a marker came back as it was sent, so that another value would have been markup or code. */
export function reflectionsIn(body: string, parameters: readonly string[]): readonly Reflection[] {
  const found: Reflection[] = []
  for (const [place, parameter] of parameters.entries()) {
    const context = contextOf(body, `zqx7m${place}e`)
    if (context !== null) found.push({ parameter, context })
  }
  return found
}

/** The most dangerous place at which a marker stands; null when it is nowhere, or harmless everywhere. */
function contextOf(body: string, marker: string): Reflection['context'] | null {
  const found = new Set<Reflection['context']>()
  let looked = 0
  for (let at = body.indexOf(marker); at !== -1 && looked < MOST_PLACES; at = body.indexOf(marker, at + 1)) {
    looked += 1
    const tail = body.slice(at + marker.length, at + marker.length + 12)
    const before = body.slice(Math.max(0, at - LOOK_BACK), at)
    if (within(before, /<script\b/gi, /<\/script/gi)) {
      // A quote that is not escaped ends the text of a script.
      if (/^["']/.test(tail) || /^\\?["']{0,2}[^]{0,4}</.test(tail)) found.add('script')
    } else if (within(before, /<[a-z/!]/gi, />/g)) {
      if (/^["']/.test(tail)) found.add('attribute')
    } else if (/^(["']|&quot;|&#3[49];|&#x2[27];|&apos;){0,2}</i.test(tail)) found.add('markup')
  }
  return (['script', 'markup', 'attribute'] as const).find((context) => found.has(context)) ?? null
}

const MOST_PLACES = 100
const LOOK_BACK = 20_000

/** Whether something was opened last and not closed. */
function within(before: string, opens: RegExp, closes: RegExp): boolean {
  const last = (pattern: RegExp): number => [...before.matchAll(pattern)].at(-1)?.index ?? -1
  return last(opens) > last(closes)
}

export const inputProbe = (
  { page, kind, parameters }: Question,
  as: InputProbe['as'],
  exchange: InputProbe['exchange'],
  reflected: readonly Reflection[],
): InputProbe => ({ page: withoutQuery(page), kind, as, parameters, exchange, reflected })
