import type { DescriptorRead } from '../directory/events.ts'
import type { SignificantChangePolicy } from './year.ts'

/** A side of an app that its descriptor shows, and by which a change of it is seen. */
export type Side = NonNullable<SignificantChangePolicy['kinds'][number]['shows_in']>[number]

/** What was seen to be different: which side, and what was added and what went. */
export type SeenChange = { readonly side: Side; readonly added: readonly string[]; readonly removed: readonly string[] }

type Read = Pick<DescriptorRead, 'platform' | 'hosting' | 'scopes' | 'egress' | 'base_urls'>

/** What an app's descriptor shows otherwise than it did. */
export function changesBetween(before: Read, after: Read): readonly SeenChange[] {
  const sides = {
    platform: [[before.platform], [after.platform]],
    hosting: [[before.hosting], [after.hosting]],
    base_urls: [before.base_urls.map(hostOf), after.base_urls.map(hostOf)],
    scopes: [before.scopes, after.scopes],
    egress: [before.egress.map(({ address }) => address), after.egress.map(({ address }) => address)],
  } as const satisfies { readonly [side in Side]: readonly [readonly string[], readonly string[]] }
  return (Object.keys(sides) as readonly Side[]).flatMap((side) => {
    const [then, now] = sides[side]
    const added = [...new Set(now)].filter((one) => !(then as readonly string[]).includes(one))
    const removed = [...new Set(then)].filter((one) => !(now as readonly string[]).includes(one))
    return added.length === 0 && removed.length === 0 ? [] : [{ side, added, removed }]
  })
}

/** A path that moves on the same host is nobody else's house. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url)

/** The kinds of significant change that a programme reads out of what was seen. */
export const kindsSeen = (policy: SignificantChangePolicy, seen: readonly SeenChange[]): readonly string[] =>
  policy.kinds.filter(({ shows_in = [] }) => seen.some(({ side }) => shows_in.includes(side))).map(({ id }) => id)

/** The requirements that kinds of change touch, each once, in the policy's order. */
export const requirementsTouched = (policy: SignificantChangePolicy, kinds: readonly string[]): readonly string[] => [
  ...new Set(policy.kinds.filter(({ id }) => kinds.includes(id)).flatMap(({ requirements }) => requirements)),
]
