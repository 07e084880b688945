import type { ReactElement } from 'react'
import type { PersonsAct } from '../../appeals/acting.ts'
import type { AppealRead } from '../../appeals/reading.ts'
import { says } from '../../kernel/says.ts'
import type { Verdict } from '../../standing/verdict.ts'
import { badgeTitle, type Shelf } from '../shelf.ts'
import { sentence } from '../texts.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { TurnWord } from './matter.tsx'
import { Due, Facts, Foreign, Moment, Section, VerdictWord } from './parts.tsx'
import { Quoted } from './quoted.tsx'

/** A badge that may be given back on the appeal: on which standing, or why not. */
export type GiveBack = { readonly programme: string; readonly tier: string; readonly standing_hash: string }

export type AppealPageProps = {
  readonly chrome: Chrome
  readonly shelf: Shelf
  readonly read: AppealRead
  readonly verdicts: readonly Verdict[]
  readonly give_back: readonly GiveBack[]
  readonly told: string | null
  readonly values: Typed
  readonly errors: Errors
}

const TITLES = { words: 'Reasons, for the partner', public_words: 'For everybody', conflict: 'Tie' }

/** An appeal: whose turn first, then the decision beside what the partner says against it, then what may be done. */
export function AppealPage(given: AppealPageProps): ReactElement {
  const { chrome, shelf, read, verdicts, give_back, told, values, errors } = given
  const { document, name, rules, now, offers } = read
  const { turn } = document
  const app = encodeURIComponent(document.app)
  const here = `/apps/${app}/appeals/${encodeURIComponent(document.appeal)}`
  const may = (act: PersonsAct): boolean => offers.find((one) => one.act === act)?.allowed === true
  const why = document.word === 'open' && !may('decide') && !may('withdraw') ? offers.find(({ act }) => act === 'decide')?.reason : null
  const late = turn !== null && turn.due_at !== null && turn.due_at < now
  return (
    <Layout {...chrome} title={`An appeal about ${name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`/apps/${app}/due-process`}>
            Concerns and appeals of <Foreign>{name}</Foreign>
          </a>
        </p>
        <h1>An appeal</h1>
        <p className="lead">{sentence(says(`appeals.word.${document.word}`))}</p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={errors} titles={TITLES} />
      <div className="panel">
        <Facts
          of={[
            ['Appealed', sentence(says(`appeals.kind.${document.kind}`))],
            ['Decided then', <Moment at={document.decided_at} />],
            ['Lodged', <Moment at={document.lodged_at} />],
            ...(turn === null
              ? []
              : ([
                  ['Whose turn', <TurnWord turn={turn.side} />],
                  [
                    late ? 'Due; the operator is late, and that is public' : 'By when',
                    turn.due_at === null ? 'No day is set' : <Due at={turn.due_at} now={now} />,
                  ],
                ] as const)),
            ['Under', rules.catalogue.programme.title],
          ]}
        />
        {document.alone ? <p className="quiet">Decided by somebody who had a part in it: the operator has nobody else.</p> : null}
        {document.word === 'upheld' || document.word === 'rejected' || document.word === 'sent_back' ? (
          <p>{sentence(says(`appeals.follows.${document.word}`))}</p>
        ) : null}
      </div>
      <div className="columns">
        <Section id="decision" title="The decision">
          {read.decided_because === null ? (
            <p className="quiet">It was taken by the program, by the rules, or its words were erased.</p>
          ) : (
            <Quoted>{read.decided_because}</Quoted>
          )}
          {document.concern === null ? null : (
            <p>
              <a href={`/apps/${app}/concerns/${encodeURIComponent(document.concern)}`}>The concern that was decided</a>
            </p>
          )}
          {document.requirements.map((id) => {
            const verdict = verdicts.find(({ requirement }) => requirement === id)
            return (
              <p key={id}>
                {rules.catalogue.requirements.find((one) => one.id === id)?.title ?? id}{' '}
                <VerdictWord word={verdict?.verdict ?? 'unknown'} />
              </p>
            )
          })}
        </Section>
        <Section id="claim" title="What the partner says against it">
          {read.claim === null ? <p className="quiet">These words were erased.</p> : <Quoted>{read.claim}</Quoted>}
        </Section>
      </div>
      {read.reasons === null ? null : (
        <Section id="reasons" title="Why it was decided so">
          <Quoted>{read.reasons}</Quoted>
          {read.public_words === null ? null : (
            <>
              <p className="quiet">What everybody may read of it:</p>
              <Quoted>{read.public_words}</Quoted>
            </>
          )}
        </Section>
      )}
      {why === null || why === undefined ? null : <p className="hint">{why}</p>}
      {may('decide') ? (
        <Section id="decide" title="Decide">
          <form className="form panel" method="post" action={`${here}/decision`}>
            <input type="hidden" name="seen" value={document.version} />
            <Field name="words" title={TITLES.words} errors={errors} hint="A decision without reasons is none.">
              {(ties) => <textarea {...ties} name="words" rows={4} maxLength={20_000} defaultValue={values['words']} />}
            </Field>
            <Field
              name="public_words"
              title={TITLES.public_words}
              errors={errors}
              hint="Shown on the app’s trust page. Name no person, and no hole that is open."
            >
              {(ties) => <textarea {...ties} name="public_words" rows={3} maxLength={20_000} defaultValue={values['public_words']} />}
            </Field>
            <div className="acts">
              <button type="submit" name="outcome" value="upheld">
                Uphold: set the decision aside
              </button>
              <button type="submit" name="outcome" value="sent_back">
                Send back
              </button>
              <button type="submit" name="outcome" value="rejected">
                Reject
              </button>
            </div>
          </form>
        </Section>
      ) : null}
      {give_back.map((one) => (
        <Section key={`${one.programme}.${one.tier}`} id={`give-back-${one.programme}-${one.tier}`} title="Give the badge back">
          <form className="form panel" method="post" action={`${here}/restoration`}>
            <input type="hidden" name="programme" value={one.programme} />
            <input type="hidden" name="tier" value={one.tier} />
            <input type="hidden" name="standing_hash" value={one.standing_hash} />
            <p>
              {badgeTitle(shelf, one)} was taken by what this appeal has set aside. It is given back without a new review, and the time
              without it is added to its validity.
            </p>
            <div className="acts">
              <button type="submit">Give it back</button>
            </div>
          </form>
        </Section>
      ))}
      {may('withdraw') ? (
        <form className="form panel" method="post" action={`${here}/withdrawal`}>
          <p className="hint">An appeal that is withdrawn is over: there is one for a decision.</p>
          <div className="acts">
            <button type="submit">Withdraw the appeal</button>
          </div>
        </form>
      ) : null}
      {may('recuse') ? (
        <details>
          <summary>Stand back because of a tie</summary>
          <form className="form panel" method="post" action={`${here}/recusal`}>
            <Field name="conflict" title="Tie" errors={errors}>
              {(ties) => (
                <select {...ties} name="conflict">
                  {rules.policy.recusal.map(({ id, says: text }) => (
                    <option key={id} value={id}>
                      {text}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <div className="acts">
              <button type="submit">Stand back</button>
            </div>
          </form>
        </details>
      ) : null}
    </Layout>
  )
}
