import type { ReactElement } from 'react'
import { ROLE_WORDS } from './role-words.ts'
import type { Prospect } from '../link.ts'
import { LONGEST_NAME } from '../name.ts'

/** Title of the page behind a link. */
export const titleOf = (prospect: Prospect | null): string => {
  if (prospect === null) return 'This link does nothing any more'
  return { admin: 'Sign in as administrator', 'sign-in': 'Sign in', mail: 'Confirm your address', join: 'Join' }[prospect.kind]
}

/**
 * What a link will do once its button is pressed. Only the button does it: mail programs and scanners open links before
 * people do, and a link works once.
 */
export function LinkPage({ prospect, action }: { readonly prospect: Prospect | null; readonly action: string }): ReactElement {
  if (prospect === null) {
    return (
      <>
        <h1>{titleOf(prospect)}</h1>
        <p className="lead">It was used already, is over, or was never one of ours.</p>
        <p>
          <a href="/sign-in">Sign in</a> says how to get another one.
        </p>
      </>
    )
  }
  return (
    <>
      <h1>{titleOf(prospect)}</h1>
      <What prospect={prospect} />
      <form className="form" method="post" action={action}>
        {prospect.kind === 'join' && prospect.person === null ? (
          <p className="field">
            <label htmlFor="name">Your name</label>
            <input id="name" name="name" type="text" autoComplete="name" required maxLength={LONGEST_NAME} />
          </p>
        ) : null}
        <p className="acts">
          <button type="submit">{BUTTON[prospect.kind]}</button>
        </p>
      </form>
      <p className="quiet">This link works once. The browser is then signed in for up to a week.</p>
    </>
  )
}

const BUTTON = { admin: 'Sign in', 'sign-in': 'Sign in', mail: 'Use this address', join: 'Join' } as const satisfies Record<
  Prospect['kind'],
  string
>

function What({ prospect }: { readonly prospect: Prospect }): ReactElement {
  switch (prospect.kind) {
    case 'admin':
      return <p className="lead">You sign in as the administrator of this marketplace.</p>
    case 'sign-in':
      return (
        <p className="lead">
          You sign in as <bdi>{prospect.person.name}</bdi>.
        </p>
      )
    case 'mail':
      return (
        <p className="lead">
          <bdi>{prospect.mail}</bdi> becomes the mail address of <bdi>{prospect.person.name}</bdi>, and you are signed in.
        </p>
      )
    case 'join':
      return (
        <>
          <p className="lead">
            You were invited into <bdi>{prospect.organisation}</bdi> as {ROLE_WORDS[prospect.role]}.
          </p>
          {prospect.person === null ? null : (
            <p>
              You join as <bdi>{prospect.person.name}</bdi>. Not you? <a href="/account">Sign out</a> first and open the link again.
            </p>
          )}
        </>
      )
  }
}
