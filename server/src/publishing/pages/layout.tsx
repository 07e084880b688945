import type { ReactElement, ReactNode } from 'react'
import { STYLE_HREF } from '../../platform/http/stylesheet.ts'
import { withoutTricks } from './parts.tsx'

/** An entry of the header; `here` marks the part of the site that the page belongs to. */
export type NavLink = { readonly name: string; readonly href: string; readonly here?: boolean }

/** What strangers can go to from every page. */
export const PUBLIC_NAV: readonly NavLink[] = [
  { name: 'Apps', href: '/' },
  { name: 'Programmes', href: '/programmes' },
]

export type LayoutProps = {
  readonly title: string
  readonly description?: string
  /** Name of the marketplace. */
  readonly marketplace?: string
  /** The person who is signed in and where their own page is; null offers to sign in; absent shows neither. */
  readonly who?: { readonly name: string; readonly href: string } | null
  readonly nav?: readonly NavLink[]
  /** Set in the demo only: the moment that its clock shows. */
  readonly demo?: { readonly now: string } | null
  /** Feeds of what the page tells, for readers that look for them. */
  readonly feeds?: readonly { readonly name: string; readonly type: string; readonly href: string }[]
  readonly children: ReactNode
}

/** The whole document around a page: landmarks, a way past the header, who is signed in, and in the demo its clock. */
export function Layout({
  title,
  description,
  marketplace = 'Marketplace',
  who,
  nav = PUBLIC_NAV,
  demo,
  feeds = [],
  children,
}: LayoutProps): ReactElement {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title === marketplace ? title : `${withoutTricks(title)} – ${marketplace}`}</title>
        {description === undefined ? null : <meta name="description" content={withoutTricks(description)} />}
        {feeds.map(({ name, type, href }) => (
          <link key={href} rel="alternate" type={type} title={name} href={href} />
        ))}
        <link rel="stylesheet" href={STYLE_HREF} />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
      </head>
      <body>
        <a className="skip" href="#main">
          Skip to the content
        </a>
        {demo === undefined || demo === null ? null : <DemoClock now={demo.now} />}
        <header className="top">
          <a className="brand" href="/">
            <Mark />
            <bdi>{marketplace}</bdi>
          </a>
          <nav aria-label="Main">
            <ul>
              {nav.map((link) => (
                <li key={link.href}>
                  <a href={link.href} aria-current={link.here === true ? 'true' : undefined}>
                    {link.name}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <WhoIsIn who={who} />
        </header>
        <main id="main" tabIndex={-1}>
          {children}
        </main>
        <footer className="foot">
          <p>
            Every figure here says as of when and how it was counted. <a href="/programmes">How apps are judged</a>.{' '}
            <a href="/concerns">Concerns and appeals</a>. <a href="/go-to-market">Lists for field teams</a>.{' '}
            <a href="/openapi.json">Interface for programs</a>.
          </p>
        </footer>
      </body>
    </html>
  )
}

function WhoIsIn({ who }: { readonly who: LayoutProps['who'] }): ReactElement | null {
  if (who === undefined) return null
  return (
    <p className="who">
      {who === null ? (
        <a href="/sign-in">Sign in</a>
      ) : (
        <a href={who.href}>
          <bdi>{who.name}</bdi>
        </a>
      )}
    </p>
  )
}

/** Beside every page of the demo, since nothing that it shows happened to a real app. */
function DemoClock({ now }: { readonly now: string }): ReactElement {
  return (
    <aside className="demo" aria-label="Demo">
      <p>
        Demo with invented apps. Its clock says <strong>{now}</strong>; <code>castellan demo advance 1h</code> moves it on.
      </p>
    </aside>
  )
}

/** A keep with three battlements: decoration beside the name, so it has no text of its own. */
function Mark(): ReactElement {
  return (
    <svg className="mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d="M2 2h3v2h1.5V2h3v2H11V2h3v12h-4v-3a2 2 0 0 0-4 0v3H2z" />
    </svg>
  )
}
