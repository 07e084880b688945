import type { ReactElement } from 'react'
import type { Scope } from '../acts.ts'
import type { Credential } from '../credential.ts'
import type { Account } from '../enrolling.ts'
import { LONGEST_NAME } from '../name.ts'
import type { SignIn } from '../sign-ins.ts'
import { KIND_WORDS, ROLE_WORDS } from './role-words.ts'

/** One's own page: name and address, organisations, tokens, and the way out. */
export function AccountPage(props: {
  readonly account: Account
  /** What a token may be narrowed to, by organisation. */
  readonly scopes: { readonly [organisation: string]: readonly Scope[] }
  readonly by_mail: boolean
  readonly now: string
  /** The secret of a token that was issued just now. */
  readonly issued: { readonly name: string; readonly secret: string } | null
  readonly told: string | null
}): ReactElement {
  const { account, scopes, by_mail, now, issued, told } = props
  return (
    <>
      <h1>Your account</h1>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      {issued === null ? null : <Issued {...issued} />}
      <section aria-labelledby="you">
        <h2 id="you">You</h2>
        <form className="form" method="post" action="/account/name">
          <p className="field">
            <label htmlFor="name">Name</label>
            <input
              id="name"
              name="name"
              type="text"
              autoComplete="name"
              required
              maxLength={LONGEST_NAME}
              defaultValue={account.person.name}
            />
          </p>
          <p className="acts">
            <button type="submit">Save name</button>
          </p>
        </form>
        <Mail mail={account.person.mail} by_mail={by_mail} />
      </section>
      <SignIns sign_ins={account.sign_ins} />
      <section aria-labelledby="organisations">
        <h2 id="organisations">Your organisations</h2>
        {account.memberships.length === 0 ? (
          <p>You belong to no organisation any more.</p>
        ) : (
          <ul>
            {account.memberships.map((one) => (
              <li key={one.organisation}>
                <a href={`/organisations/${encodeURIComponent(one.organisation)}`}>
                  <bdi>{one.name}</bdi>
                </a>
                , {KIND_WORDS[one.kind]}: you are {ROLE_WORDS[one.role]}
              </li>
            ))}
          </ul>
        )}
        {account.memberships.some(({ kind }) => kind === 'operator') ? (
          <p>
            <a href="/organisations">All organisations</a>
          </p>
        ) : null}
      </section>
      <Tokens account={account} scopes={scopes} now={now} />
      <section aria-labelledby="out">
        <h2 id="out">Sign out</h2>
        <form method="post" action="/sign-out">
          <p className="acts">
            <button type="submit">Sign out</button>
            <button type="submit" className="is-quiet" name="everywhere" value="yes">
              Sign out everywhere
            </button>
          </p>
        </form>
      </section>
    </>
  )
}

function Issued({ name, secret }: { readonly name: string; readonly secret: string }): ReactElement {
  return (
    <section className="panel" aria-labelledby="issued">
      <h2 id="issued">
        Your new token <bdi>{name}</bdi>
      </h2>
      <p>Copy it now. It is shown this once; only a hash of it is kept.</p>
      <p>
        <code className="code">{secret}</code>
      </p>
    </section>
  )
}

function Mail({ mail, by_mail }: { readonly mail: string | null; readonly by_mail: boolean }): ReactElement {
  const known =
    mail === null ? (
      <p>No mail address is known, so no link to sign in can be sent to you.</p>
    ) : (
      <p>
        Links to sign in go to <bdi>{mail}</bdi>.
      </p>
    )
  if (!by_mail) return known
  return (
    <>
      {known}
      <form className="form" method="post" action="/account/mail">
        <p className="field">
          <label htmlFor="mail">{mail === null ? 'Mail address' : 'New mail address'}</label>
          <input id="mail" name="mail" type="email" autoComplete="email" required maxLength={254} aria-describedby="mail-note" />
          <span className="hint" id="mail-note">
            It is used once you have opened the link that goes there.
          </span>
        </p>
        <p className="acts">
          <button type="submit">Confirm by mail</button>
        </p>
      </form>
    </>
  )
}

function Tokens({
  account,
  scopes,
  now,
}: {
  readonly account: Account
  readonly scopes: { readonly [organisation: string]: readonly Scope[] }
  readonly now: string
}): ReactElement {
  const able = account.memberships.filter(({ organisation }) => (scopes[organisation] ?? []).length > 0)
  return (
    <section aria-labelledby="tokens">
      <h2 id="tokens">Tokens for programs</h2>
      <p>A token acts as you, in one organisation, for the scopes that you choose. It loses what you lose.</p>
      {account.tokens.length === 0 ? <p>You have none.</p> : <ul>{account.tokens.map((token) => tokenLine(token, account, now))}</ul>}
      {able.map((membership) => {
        const { organisation } = membership
        const heading = `issue-${organisation}`
        return (
          <form key={organisation} className="form panel" method="post" action="/account/tokens" aria-labelledby={heading}>
            <h3 id={heading}>
              New token for <bdi>{membership.name}</bdi>
            </h3>
            <input type="hidden" name="organisation" value={organisation} />
            <p className="field">
              <label htmlFor={`${heading}-name`}>What it is for</label>
              <input id={`${heading}-name`} name="name" type="text" required maxLength={LONGEST_NAME} />
            </p>
            <fieldset>
              <legend>What it may do</legend>
              {(scopes[organisation] ?? []).map((scope) => (
                <p key={scope}>
                  <label>
                    <input type="checkbox" name={`scope:${scope}`} value="yes" /> <code>{scope}</code>
                  </label>
                </p>
              ))}
            </fieldset>
            <p className="field">
              <label htmlFor={`${heading}-days`}>Days until it ends</label>
              <input id={`${heading}-days`} name="lasts_days" type="number" min={1} max={366} defaultValue={90} required />
            </p>
            <p className="acts">
              <button type="submit">Issue token</button>
            </p>
          </form>
        )
      })}
    </section>
  )
}

/** When and how one signed in. The network is known to the log by a keyed hash only, so no address can be shown. */
function SignIns({ sign_ins }: { readonly sign_ins: readonly SignIn[] }): ReactElement {
  return (
    <section aria-labelledby="sign-ins">
      <h2 id="sign-ins">Your sign-ins</h2>
      {sign_ins.length === 0 ? (
        <p>None since they are written down.</p>
      ) : (
        <>
          <ul>
            {sign_ins.map(({ at, method, seen_before }) => (
              <li key={at}>
                <time dateTime={at}>{`${at.slice(0, 10)} ${at.slice(11, 16)} UTC`}</time>, {METHOD_WORDS[method]}
                {seen_before === null ? '' : seen_before ? ', from a network that you used before' : ', from a new network'}
              </li>
            ))}
          </ul>
          <p className="hint">
            One that was not you? Sign out everywhere, and tell the operator. No address is kept: a network is known again by a keyed hash,
            and the key goes when you are erased.
          </p>
        </>
      )}
    </section>
  )
}

const METHOD_WORDS = {
  admin_link: 'by the administrator’s link from the terminal',
  sign_in_link: 'by a link in a mail',
  mail_link: 'by the link that confirmed a mail address',
  invitation: 'by an invitation',
} as const satisfies Record<SignIn['method'], string>

function tokenLine(token: Credential, account: Account, now: string): ReactElement {
  const organisation =
    account.memberships.find((one) => one.organisation === token.organisation)?.name ?? 'an organisation that you have left'
  const ended = token.expires_at <= now
  return (
    <li key={token.id}>
      <bdi>{token.name ?? token.id}</bdi> for <bdi>{organisation}</bdi>: {token.scopes.join(', ')}. {ended ? 'It ended on' : 'It ends on'}{' '}
      <time dateTime={token.expires_at}>{token.expires_at.slice(0, 10)}</time>.{' '}
      {token.seen_at === null ? 'Never used.' : `Last used on ${token.seen_at.slice(0, 10)}.`}
      <form method="post" action={`/account/tokens/${encodeURIComponent(token.id)}/revoke`}>
        <button type="submit" className="is-quiet">
          End <bdi>{token.name ?? token.id}</bdi>
        </button>
      </form>
    </li>
  )
}
