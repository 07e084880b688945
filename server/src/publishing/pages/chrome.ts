import { refusalOf, type Acting } from '../../enrolment/authorise.ts'
import { parseInstant } from '../../kernel/time.ts'
import { momentInWords } from '../words.ts'
import { PUBLIC_NAV, type LayoutProps, type NavLink } from './layout.tsx'

/** What stands around a page and does not depend on it. */
export type Chrome = Required<Pick<LayoutProps, 'marketplace' | 'who' | 'nav' | 'demo'>>

/** Which part of the site a page belongs to. */
export type Place = '/' | '/programmes' | '/overview' | '/account' | null

/** The frame for whoever asks: the header shows what they may open and where they are. */
export function chromeOf(given: {
  readonly marketplace: string
  readonly acting: Acting
  readonly demo: { readonly now: () => string } | null
  readonly here: Place
}): Chrome {
  const overview: readonly NavLink[] = refusalOf(given.acting, 'read-overview') === null ? [{ name: 'Overview', href: '/overview' }] : []
  return {
    marketplace: given.marketplace,
    who: given.acting.kind === 'public' ? null : { name: 'Your account', href: '/account' },
    nav: [...PUBLIC_NAV, ...overview].map((link) => ({ ...link, here: link.href === given.here })),
    demo: given.demo === null ? null : { now: momentInWords(parseInstant(given.demo.now())) },
  }
}
