import type { ReactElement } from 'react'
import type { Credential } from '../credential.ts'
import { LONGEST_NAME } from '../name.ts'
import type { Organisation } from '../organisation.ts'
import type { MemberSeen } from '../enrolling.ts'
import { ROLES_OF, type Role } from '../roles.ts'
import { KIND_WORDS, ROLE_WORDS } from './role-words.ts'

/** Organisations that somebody may see, and for the operator's administrator a way to add one. */
export function OrganisationsPage({
  organisations,
  may_add,
}: {
  readonly organisations: readonly Organisation[]
  readonly may_add: boolean
}): ReactElement {
  return (
    <>
      <h1>Organisations</h1>
      <ul>
        {organisations.map((one) => (
          <li key={one.organisation}>
            <a href={`/organisations/${encodeURIComponent(one.organisation)}`}>
              <bdi>{one.name}</bdi>
            </a>
            , {KIND_WORDS[one.kind]}
          </li>
        ))}
      </ul>
      {may_add ? (
        <section aria-labelledby="add">
          <h2 id="add">Add an organisation</h2>
          <form className="form" method="post" action="/organisations">
            <p className="field">
              <label htmlFor="name">Name</label>
              <input id="name" name="name" type="text" required maxLength={LONGEST_NAME} />
            </p>
            <p className="field">
              <label htmlFor="kind">What it is</label>
              <select id="kind" name="kind" defaultValue="partner">
                {(['partner', 'auditor', 'buyer', 'researcher'] as const).map((kind) => (
                  <option key={kind} value={kind}>
                    {KIND_WORDS[kind]}
                  </option>
                ))}
              </select>
            </p>
            <p className="acts">
              <button type="submit">Add</button>
            </p>
          </form>
        </section>
      ) : null}
    </>
  )
}

/** An organisation: who belongs to it, who is invited, and what the one who looks may do about it. */
export function OrganisationPage(props: {
  readonly organisation: Organisation & { readonly members: readonly MemberSeen[]; readonly invitations: readonly Credential[] }
  readonly may_invite: boolean
  readonly may_change: boolean
  readonly may_remove: boolean
  readonly by_mail: boolean
  /** An invitation that was made just now. */
  readonly invited: { readonly link: string | null; readonly mail: string | null } | null
}): ReactElement {
  const { organisation, may_invite, may_change, may_remove, by_mail, invited } = props
  const here = `/organisations/${encodeURIComponent(organisation.organisation)}`
  const roles: readonly Role[] = ROLES_OF[organisation.kind]
  return (
    <>
      <p className="eyebrow">{KIND_WORDS[organisation.kind]}</p>
      <h1>
        <bdi>{organisation.name}</bdi>
      </h1>
      {invited === null ? null : <Invited {...invited} />}
      <section aria-labelledby="members">
        <h2 id="members">Who belongs to it</h2>
        {organisation.members.length === 0 ? <p>Nobody yet.</p> : null}
        <ul>
          {organisation.members.map((member) => (
            <li key={member.person}>
              <bdi>{member.name}</bdi>, {ROLE_WORDS[member.role]}
              {member.mail === null ? null : (
                <>
                  , <bdi>{member.mail}</bdi>
                </>
              )}
              {member.signed_in_at === null ? null : (
                <span className="quiet">
                  , last signed in on <time dateTime={member.signed_in_at}>{member.signed_in_at.slice(0, 10)}</time>
                </span>
              )}
              {may_change && roles.length > 1 ? (
                <form method="post" action={`${here}/persons/${encodeURIComponent(member.person)}/role`}>
                  <label htmlFor={`role-${member.person}`}>
                    Role of <bdi>{member.name}</bdi>
                  </label>{' '}
                  <select id={`role-${member.person}`} name="role" defaultValue={member.role}>
                    {roles.map((role) => (
                      <option key={role} value={role}>
                        {ROLE_WORDS[role]}
                      </option>
                    ))}
                  </select>{' '}
                  <button type="submit" className="is-quiet">
                    Change <span className="unseen">the role of {member.name}</span>
                  </button>
                </form>
              ) : null}
              {may_remove ? (
                <form method="post" action={`${here}/persons/${encodeURIComponent(member.person)}/remove`}>
                  <button type="submit" className="is-quiet">
                    Remove <bdi>{member.name}</bdi>
                  </button>
                </form>
              ) : null}
            </li>
          ))}
        </ul>
      </section>
      {may_invite && roles.length > 0 ? (
        <section aria-labelledby="invite">
          <h2 id="invite">Invite somebody</h2>
          <form className="form" method="post" action={`${here}/invitations`}>
            <p className="field">
              <label htmlFor="role">As</label>
              <select id="role" name="role" defaultValue={roles.at(-1)}>
                {roles.map((role) => (
                  <option key={role} value={role}>
                    {ROLE_WORDS[role]}
                  </option>
                ))}
              </select>
            </p>
            {by_mail ? (
              <p className="field">
                <label htmlFor="mail">Mail address</label>
                <input id="mail" name="mail" type="email" maxLength={254} aria-describedby="mail-note" />
                <span className="hint" id="mail-note">
                  The link goes there and is shown to nobody else. Leave it empty to get a link that you pass on.
                </span>
              </p>
            ) : null}
            <p className="acts">
              <button type="submit">Invite</button>
            </p>
          </form>
          {organisation.invitations.length === 0 ? null : (
            <>
              <h3>Not used yet</h3>
              <ul>
                {organisation.invitations.map((invitation) => (
                  <li key={invitation.id}>
                    {invitation.mail === null ? 'A link that was passed on' : <bdi>{invitation.mail}</bdi>}, {roleWords(invitation.role)},
                    until <time dateTime={invitation.expires_at}>{invitation.expires_at.slice(0, 10)}</time>
                    <form method="post" action={`${here}/invitations/${encodeURIComponent(invitation.id)}/withdraw`}>
                      <button type="submit" className="is-quiet">
                        Take back{invitation.mail === null ? ` ${invitation.id.slice(-6)}` : ''}{' '}
                        {invitation.mail === null ? null : <bdi>{invitation.mail}</bdi>}
                      </button>
                    </form>
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
      ) : null}
    </>
  )
}

const roleWords = (role: string | null): string =>
  role !== null && Object.hasOwn(ROLE_WORDS, role) ? ROLE_WORDS[role as Role] : 'in no role'

function Invited({ link, mail }: { readonly link: string | null; readonly mail: string | null }): ReactElement {
  return (
    <section className="panel" aria-labelledby="invited">
      <h2 id="invited">Invited</h2>
      {link === null ? (
        <p>
          A link is on its way to <bdi>{mail}</bdi>. It works once, for seven days.
        </p>
      ) : (
        <>
          <p>Pass this link on. It works once, for seven days, lets in whoever opens it, and is shown this once.</p>
          <p>
            <code className="code">{link}</code>
          </p>
        </>
      )}
    </section>
  )
}
