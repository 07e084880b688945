import type { ReactElement } from 'react'
import { stands } from '../../concerns/messages.ts'
import type { readAppeals } from '../../appeals/reading.ts'
import type { ConcernDocument } from '../../concerns/concerns-view.ts'
import { says } from '../../kernel/says.ts'
import type { Instant } from '../../kernel/time.ts'
import type { ProcessFigures } from '../public-process-view.ts'
import type { PublicProcess } from '../public-process.ts'
import type { OpenCase } from '../process-queue.ts'
import { pillarTitle, requirementOf, shelved, type Shelf } from '../shelf.ts'
import { sentence } from '../texts.ts'
import { counted, idleInWords, listInWords, shortened } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { TurnWord } from './matter.tsx'
import { Due, Empty, Foreign, Moment, OnDay, Section, Table } from './parts.tsx'
import { Quoted } from './quoted.tsx'
import { median } from '../../applications/turn.ts'
import { between, parseInstant } from '../../kernel/time.ts'

/** An app's concerns and appeals for its own two sides, and the decisions that can still be appealed. */
export function DueProcessPage(given: {
  readonly chrome: Chrome
  readonly app: string
  readonly name: string
  readonly now: Instant
  readonly concerns: readonly ConcernDocument[]
  readonly read: Awaited<ReturnType<typeof readAppeals>>
  readonly values: Typed
  readonly errors: Errors
}): ReactElement {
  const { chrome, app, name, now, concerns, read, values, errors } = given
  const here = `/apps/${encodeURIComponent(app)}`
  return (
    <Layout {...chrome} title={`Concerns and appeals of ${name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`${here}/standing`}>
            Standing of <Foreign>{name}</Foreign>
          </a>
        </p>
        <h1>Concerns and appeals</h1>
        <p className="lead">Doubts about the app, and decisions that its partner does not accept. Somebody who had no part decides.</p>
      </div>
      <ErrorSummary errors={errors} titles={{ words: 'What is wrong with it', decision: 'Decision' }} />
      <Section id="concerns" title="Concerns">
        {concerns.length === 0 ? (
          <Empty title="No concern is here">
            <p>One appears as soon as somebody has raised it and the operator looks into it.</p>
          </Empty>
        ) : (
          <Table
            caption={counted(concerns.length, 'concern')}
            columns={[{ title: 'Raised', names: true }, { title: 'Where it stands' }, { title: 'Whose turn' }, { title: 'By when' }]}
            rows={concerns.map((one) => ({
              key: one.concern,
              cells: [
                <a key="at" href={`${here}/concerns/${encodeURIComponent(one.concern)}`}>
                  <Moment at={one.received_at} />
                </a>,
                sentence(stands(one)),
                one.turn === null ? '–' : <TurnWord key="turn" turn={one.turn.side} />,
                one.turn?.due_at == null ? <span className="quiet">No deadline of its own</span> : <Due at={one.turn.due_at} now={now} />,
              ],
            }))}
          />
        )}
      </Section>
      <Section id="appeals" title="Appeals">
        {read.appeals.length === 0 ? (
          <p className="quiet">No decision about this app was appealed.</p>
        ) : (
          <Table
            caption={counted(read.appeals.length, 'appeal')}
            columns={[{ title: 'Appealed', names: true }, { title: 'Lodged' }, { title: 'Where it stands' }, { title: 'By when' }]}
            rows={read.appeals.map((one) => ({
              key: one.appeal,
              cells: [
                <a key="at" href={`${here}/appeals/${encodeURIComponent(one.appeal)}`}>
                  {sentence(says(`appeals.kind.${one.kind}`))}
                </a>,
                <Moment key="lodged" at={one.lodged_at} />,
                sentence(says(`appeals.word.${one.word}`)),
                one.turn?.due_at == null ? '–' : <Due at={one.turn.due_at} now={now} />,
              ],
            }))}
          />
        )}
      </Section>
      {read.refused !== null ? null : read.appealable.length === 0 ? (
        <p className="quiet">No decision of late can be appealed.</p>
      ) : (
        <Section id="lodge" title="Appeal a decision">
          <form className="form panel" method="post" action={`${here}/appeals`}>
            <Field name="decision" title="Decision" errors={errors}>
              {(ties) => (
                <select {...ties} name="decision" defaultValue={values['decision']}>
                  {read.appealable.map(({ decision, kind, at, until }) => (
                    <option key={decision} value={decision}>
                      {`${sentence(says(`appeals.kind.${kind}`))}, ${at.slice(0, 10)} (until ${until.slice(0, 10)})`}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field
              name="words"
              title="What is wrong with it"
              errors={errors}
              hint="And what shows it. There is one appeal for a decision; whoever had a part in it does not decide."
            >
              {(ties) => <textarea {...ties} name="words" rows={5} maxLength={20_000} defaultValue={values['words']} />}
            </Field>
            <div className="acts">
              <button type="submit">Lodge the appeal</button>
            </div>
          </form>
        </Section>
      )}
    </Layout>
  )
}

/** On an app's trust page: what was decided on concerns and appeals, and how to raise one. */
export function Outcomes({ of, app, shelf }: { readonly of: PublicProcess; readonly app: string; readonly shelf: Shelf }): ReactElement {
  const raise = <a href={`/apps/${encodeURIComponent(app)}/concern`}>Raise a concern about this app</a>
  const open = [
    ...(of.open_concerns === 0 ? [] : [counted(of.open_concerns, 'concern')]),
    ...(of.open_appeals === 0 ? [] : [counted(of.open_appeals, 'appeal')]),
  ]
  const all = [
    ...of.concerns.map((one) => ({ key: one.concern, at: one.decided_at, ...toldConcern(one), ...one })),
    ...of.appeals.map((one) => ({ key: one.appeal, at: one.decided_at, ...toldAppeal(one), ...one })),
  ].sort((a, b) => (a.at < b.at ? 1 : -1))
  return (
    <Section id="outcomes" title="Concerns and appeals">
      {open.length === 0 ? null : <p>Open: {listInWords(open)}. That one is open says nothing yet.</p>}
      {all.length === 0 ? null : (
        <ul className="plain">
          {all.map((one) => (
            <li key={one.key} className="stack">
              <p>
                <OnDay at={one.at} />: {one.title}
                {aboutInWords(one, shelf)}. <strong>{one.outcome_words}</strong>.
                {one.alone ? ' Decided by somebody who had a part in it, since the operator has nobody else.' : ''}
              </p>
              {one.held_back ? <p className="quiet">What was found is told when it is put right.</p> : null}
              {one.words === null ? null : <Quoted>{one.words}</Quoted>}
            </li>
          ))}
        </ul>
      )}
      <p>
        {all.length === 0 ? 'None was decided. ' : ''}
        {raise}.
      </p>
    </Section>
  )
}

const toldConcern = ({ state, outcome, raised_by }: PublicProcess['concerns'][number]) => ({
  title: `A concern raised by ${raised_by === 'operator' ? 'the operator' : 'somebody else'}`,
  outcome_words: state === 'upheld' ? sentence(says(`concerns.outcome.${outcome}`)) : sentence(says(`concerns.word.${state}`)),
})

const toldAppeal = ({ kind, outcome }: PublicProcess['appeals'][number]) => ({
  title: `An appeal of the partner (${sentence(says(`appeals.kind.${kind}`)).toLowerCase()})`,
  outcome_words: sentence(says(`appeals.word.${outcome}`)),
})

function aboutInWords(
  of: { readonly programme: string; readonly pillars: readonly string[]; readonly requirements: readonly string[] },
  shelf: Shelf,
): string {
  const catalogue = shelved(shelf, of.programme)?.catalogue ?? null
  const named = of.requirements.map((id) => `“${requirementOf(catalogue, id)?.title ?? id}”`)
  const about = named.length > 0 ? named : of.pillars.map((pillar) => pillarTitle(catalogue, pillar))
  return about.length === 0 ? '' : ` about ${listInWords(about)}`
}

/** How concerns and appeals go in this marketplace, in numbers: the operator's own lateness among them. */
export function ConcernsPage(given: {
  readonly chrome: Chrome
  readonly shelf: Shelf
  readonly figures: readonly ProcessFigures[]
  readonly now: Instant
}): ReactElement {
  const { chrome, shelf, figures, now } = given
  return (
    <Layout {...chrome} title="Concerns and appeals">
      <div className="head">
        <h1>Concerns and appeals</h1>
        <p className="lead">
          Anybody may say that an app does not keep the rules: on its trust page, under “Concerns and appeals”. The partner is heard,
          somebody who had no part in it decides, and what was decided is public. A partner may appeal what is decided against it.
        </p>
        <p className="quiet">
          As of <Moment at={now} />.
        </p>
      </div>
      {figures.length === 0 ? (
        <Empty title="None yet">
          <p>No concern was raised and no decision was appealed so far, so there is nothing to count.</p>
        </Empty>
      ) : (
        figures.map((one) => <Programme key={one.programme} of={one} shelf={shelf} now={now} />)
      )}
    </Layout>
  )
}

/** In the order in which a case goes through them. */
const STEPS = ['triage', 'answer', 'decision', 'remedy', 'check', 'appeal'] as const

function Programme({ of, shelf, now }: { readonly of: ProcessFigures; readonly shelf: Shelf; readonly now: Instant }): ReactElement {
  const known = shelved(shelf, of.programme)
  const { concerns, appeals } = of
  const dismissed = Object.values(concerns.dismissed).reduce((sum, one) => sum + one, 0)
  const policy = known?.catalogue.policies.findLast((one) => one.kind === 'due-process')
  const reasonOf = (code: string): string =>
    (policy?.kind === 'due-process' ? policy.concerns.dismissals.find(({ id }) => id === code)?.says : undefined) ?? code
  const waiting = Object.values(of.open).flatMap(({ turn }) => (turn === null ? [] : [turn]))
  const late = waiting.filter(({ side, due_at }) => side === 'operator' && due_at !== null && due_at < now).length
  const middle = (ms: readonly number[]): string => {
    const found = median(ms)
    return found === null ? 'none decided yet' : idleInWords(found)
  }
  const steps = STEPS.flatMap((step) => {
    const figures = of.steps[step]
    return figures === undefined ? [] : [[step, figures] as const]
  })
  return (
    <Section id={`programme-${of.programme}`} title={known?.pack.programme.title ?? of.programme}>
      <Table
        caption="What came of them"
        quiet_caption
        columns={[
          { title: 'What', names: true },
          { title: 'How many', numeric: true },
        ]}
        rows={[
          ['Concerns raised', concerns.received],
          ['Put aside', dismissed],
          ...Object.entries(concerns.dismissed).map(([code, number]) => [`– ${reasonOf(code)}`, number] as const),
          ['Upheld', concerns.upheld],
          ['Upheld in part', concerns.partly_upheld],
          ['Not upheld', concerns.not_upheld],
          ['Set aside on appeal', concerns.set_aside],
          ['Appeals lodged', appeals.lodged],
          ['Appeals upheld', appeals.upheld],
          ['Appeals sent back', appeals.sent_back],
          ['Appeals rejected', appeals.rejected],
          ['Decided by somebody who had a part, for want of another', concerns.alone + appeals.alone],
          ['Open now', waiting.length],
          ['Open now, and the operator is late', late],
        ].map(([what, number]) => ({ key: String(what), cells: [what, String(number)] }))}
      />
      <p>
        From the first word to the decision, in the middle: {middle(concerns.recent_ms)} for a concern, {middle(appeals.recent_ms)} for an
        appeal. Of the newest that were decided; half took less.
      </p>
      {steps.length === 0 ? null : (
        <Table
          caption="How long each step took"
          columns={[
            { title: 'Step', names: true },
            { title: 'Whose' },
            { title: 'Done', numeric: true },
            { title: 'In the middle', numeric: true },
            { title: 'Late', numeric: true },
            { title: 'Open', numeric: true },
          ]}
          rows={steps.map(([step, { side, done, late: over, open, recent_ms }]) => ({
            key: step,
            cells: [
              sentence(says(step === 'appeal' ? 'appeals.step.appeal' : `concerns.step.${step}`)),
              side === 'operator' ? 'Operator' : 'Partner',
              String(done),
              median(recent_ms) === null ? '–' : idleInWords(median(recent_ms) ?? 0),
              String(over),
              String(open),
            ],
          }))}
        />
      )}
    </Section>
  )
}

/** Open concerns and appeals in the operator's queue. */
export function CasesTable({ cases, now }: { readonly cases: readonly OpenCase[]; readonly now: Instant }): ReactElement {
  return (
    <Table
      caption={`${counted(cases.length, 'open case')}, the operator’s turns and what is due first at the top`}
      columns={[
        { title: 'App', names: true },
        { title: 'What' },
        { title: 'Whose turn' },
        { title: 'For how long already', numeric: true },
        { title: 'By when' },
      ]}
      rows={cases.map((one) => ({
        key: one.address,
        cells: [
          <a key="app" href={one.address}>
            <Foreign>{shortened(one.name)}</Foreign>
          </a>,
          sentence(says(one.step)),
          <TurnWord key="turn" turn={one.turn.side} />,
          idleInWords(between(parseInstant(one.turn.since), now)),
          one.turn.due_at === null ? <span className="quiet">No deadline of its own</span> : <Due at={one.turn.due_at} now={now} />,
        ],
      }))}
    />
  )
}
