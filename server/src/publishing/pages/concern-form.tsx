import type { ReactElement } from 'react'
import { stands } from '../../concerns/messages.ts'
import type { Followed } from '../../concerns/raising.ts'
import type { DueProcess } from '../../concerns/rules.ts'
import { says } from '../../kernel/says.ts'
import type { Instant } from '../../kernel/time.ts'
import { sentence } from '../texts.ts'
import { durationInWords } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { TurnWord } from './matter.tsx'
import { Due, Empty, Foreign, Moment, OnDay, Section } from './parts.tsx'
import { Quoted } from './quoted.tsx'

const TITLES = { words: 'What you have seen', requirement: 'What it is about' }

/** Anybody raises a concern here: what happens with it is said before, and nothing is asked but words. */
export function ConcernFormPage(given: {
  readonly chrome: Chrome
  readonly app: string
  readonly name: string
  readonly rules: readonly DueProcess[]
  readonly values: Typed
  readonly errors: Errors
}): ReactElement {
  const { chrome, app, name, rules, values, errors } = given
  const here = `/apps/${encodeURIComponent(app)}`
  const [first] = rules
  return (
    <Layout {...chrome} title={`Raise a concern about ${name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={here}>
            <Foreign>{name}</Foreign>
          </a>
        </p>
        <h1>Raise a concern</h1>
        <p className="lead">
          Does <Foreign>{name}</Foreign> not keep to the rules of its programme? Say so. Somebody looks into it, the partner is heard, and
          somebody who had no part in it decides.
        </p>
      </div>
      <ErrorSummary errors={errors} titles={TITLES} />
      {first === undefined ? (
        <Empty title="No concerns are taken here">
          <p>No programme of this marketplace says how concerns are handled. Write to the operator instead.</p>
        </Empty>
      ) : (
        <form className="form panel" method="post" action={`${here}/concern`}>
          <Field
            name="words"
            title={TITLES.words}
            errors={errors}
            hint="The operator reads it as you write it. The partner does not: it is told in the operator’s words. No name and no address is asked for; write none if you want to stay unknown."
          >
            {(ties) => <textarea {...ties} name="words" rows={8} maxLength={20_000} required defaultValue={values['words']} />}
          </Field>
          <Field name="requirement" title={TITLES.requirement} errors={errors} hint="If you know it. The operator finds it otherwise.">
            {(ties) => (
              <select {...ties} name="requirement" defaultValue={values['requirement'] ?? ''}>
                <option value="">I do not know</option>
                {rules.flatMap(({ catalogue }) =>
                  catalogue.programme.pillars.map((pillar) => (
                    <optgroup key={`${catalogue.programme.id} ${pillar.id}`} label={`${catalogue.programme.title}: ${pillar.title}`}>
                      {catalogue.requirements
                        .filter((one) => one.pillar === pillar.id && one.retired === undefined)
                        .map((one) => (
                          <option key={one.id} value={`${catalogue.programme.id} ${one.id}`}>
                            {one.title}
                          </option>
                        ))}
                    </optgroup>
                  )),
                )}
              </select>
            )}
          </Field>
          <p className="hint">
            It is sorted within {durationInWords(first.policy.concerns.clocks.triage.within)}
            {first.policy.concerns.clocks.triage.weekdays === undefined ? '' : ', counting working days'}. After sending you get a private
            address, once, by which you can follow it, add words, and take back what you wrote.
          </p>
          <p className="hint">
            A security hole does not belong here: report it on the way that the partner names, so that it can be closed first.
          </p>
          <div className="acts">
            <button type="submit">Raise the concern</button>
          </div>
        </form>
      )}
    </Layout>
  )
}

/** Told once: by which address it is followed. */
export function ConcernTakenPage(given: {
  readonly chrome: Chrome
  readonly app: string
  readonly name: string
  readonly address: string | null
  readonly until: Instant | null
}): ReactElement {
  const { chrome, app, name, address, until } = given
  return (
    <Layout {...chrome} title="Your concern is raised">
      <div className="head">
        <h1>Your concern is raised</h1>
        <p className="lead">
          It is about <Foreign>{name}</Foreign>. Somebody of the operator sorts it next.
        </p>
      </div>
      {address === null || until === null ? (
        <p>
          <a href={`/apps/${encodeURIComponent(app)}/due-process`}>Follow it with the other concerns about this app</a>
        </p>
      ) : (
        <Section id="follow" title="Keep this address">
          <p>
            It is shown this one time, works until <OnDay at={until} />, and lets whoever has it read and add to your concern. Nobody can
            send it to you again.
          </p>
          <pre tabIndex={0} aria-labelledby="follow">
            {address}
          </pre>
          <p>
            <a href={address} rel="noreferrer">
              Open it now
            </a>
          </p>
        </Section>
      )}
      <p>
        <a href={`/apps/${encodeURIComponent(app)}`}>
          Back to <Foreign>{name}</Foreign>
        </a>
      </p>
    </Layout>
  )
}

/** Where somebody's own concern stands, by its private address. */
export function FollowPage(given: {
  readonly chrome: Chrome
  readonly read: Followed
  readonly action: string
  readonly now: Instant
  readonly told: string | null
  readonly values: Typed
  readonly errors: Errors
}): ReactElement {
  const { chrome, read, action, now, told, values, errors } = given
  const { document, own, dismissed, public_words, held_back } = read
  const { turn } = document
  return (
    <Layout {...chrome} title={`Your concern about ${read.name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`/apps/${encodeURIComponent(read.app)}`}>
            <Foreign>{read.name}</Foreign>
          </a>
        </p>
        <h1>Your concern</h1>
        <p className="lead">{held_back ? 'Decided. What was found is told when it is put right.' : sentence(stands(document))}</p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={errors} titles={{ words: 'More words' }} />
      <Section id="state" title="Where it stands">
        {turn === null ? (
          <p className="quiet">Nothing more is due.</p>
        ) : (
          <p>
            <TurnWord turn={turn.side} /> {sentence(says(`concerns.step.${turn.step}`))}.{' '}
            {turn.due_at === null ? 'The time for it is the badge’s own.' : <Due at={turn.due_at} now={now} />}
          </p>
        )}
        {dismissed === null ? null : (
          <>
            <p>It was put aside. Reason: {dismissed.says}.</p>
            {dismissed.words === null ? null : <Quoted>{dismissed.words}</Quoted>}
          </>
        )}
        {public_words === null ? null : <Quoted>{public_words}</Quoted>}
      </Section>
      <Section id="own" title="What you wrote">
        {own.map(({ at, words }) => (
          <div key={`${at} ${words ?? ''}`} className="stack">
            <p className="quiet">
              <Moment at={at} />
            </p>
            {words === null ? <p className="quiet">Taken back.</p> : <Quoted>{words}</Quoted>}
          </div>
        ))}
      </Section>
      {read.may_add ? (
        <form className="form panel" method="post" action={`${action}/words`}>
          <Field name="words" title="More words" errors={errors} hint="The operator reads them, and nobody else.">
            {(ties) => <textarea {...ties} name="words" rows={4} maxLength={20_000} required defaultValue={values['words']} />}
          </Field>
          <div className="acts">
            <button type="submit">Add them</button>
          </div>
        </form>
      ) : null}
      {own.every(({ words }) => words === null) ? null : (
        <form className="form panel" method="post" action={`${action}/erasure`}>
          <p className="hint">
            Everything that you wrote is erased for good, here and for the operator. That a concern was raised stays, and so does what was
            decided on it.
          </p>
          <div className="acts">
            <button type="submit">Take back what I wrote</button>
          </div>
        </form>
      )}
    </Layout>
  )
}
