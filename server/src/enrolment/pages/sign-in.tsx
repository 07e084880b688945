import type { ReactElement } from 'react'

/** How somebody gets in: by a link, and where such links come from. */
export function SignInPage({ by_mail, next }: { readonly by_mail: boolean; readonly next: string | null }): ReactElement {
  return (
    <>
      <h1>Sign in</h1>
      <p className="lead">You get in by a link that works once. There are no passwords.</p>
      {by_mail ? (
        <form className="form" method="post" action="/sign-in">
          <p className="field">
            <label htmlFor="mail">Your mail address</label>
            <input id="mail" name="mail" type="email" autoComplete="email" required maxLength={254} aria-describedby="mail-note" />
            <span className="quiet" id="mail-note">
              If somebody here has this address, a link goes there. It works for 15 minutes.
            </span>
          </p>
          <p className="acts">
            <button type="submit">Send me a link</button>
          </p>
        </form>
      ) : (
        <p>This server has no way to send mail. Ask whoever let you in for a new link.</p>
      )}
      <h2>You run this server?</h2>
      <p>
        Type <code>castellan admin-link</code> in a terminal on its machine. The link that it prints signs you in as the operator’s
        administrator and works for 15 minutes.
      </p>
      <h2>You make apps for this marketplace?</h2>
      <p>The operator, or an administrator of your organisation, invites you by a link.</p>
      {next === null ? null : (
        <p className="quiet">
          After you have signed in, go back to <a href={next}>the page that you wanted</a>.
        </p>
      )}
    </>
  )
}

/** The one answer to whoever asked for a link, whether anybody has the address or not. */
export function LinkAskedPage(): ReactElement {
  return (
    <>
      <h1>Look into your mail</h1>
      <p className="lead">If somebody here has this address, a link is on its way there.</p>
      <p>
        It works once and for 15 minutes. Nothing came? Look at the address again, or ask whoever let you in. Several requests in a short
        time bring one mail.
      </p>
      <p>
        <a href="/sign-in">Back</a>
      </p>
    </>
  )
}
