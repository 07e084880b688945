import type { ReactElement, ReactNode } from 'react'
import type { Applicable, AttachmentRead, Entry, ThreadRead } from '../../applications/reading.ts'
import type { PersonsAct } from '../../applications/acting.ts'
import type { ComponentRead, Judged } from '../../applications/components.ts'
import type { ApplicationOf, Provenance } from '../../applications/events.ts'
import { LONGEST_WORDS } from '../../kernel/words.ts'
import type { AppDocument } from '../../directory/apps-view.ts'
import { says } from '../../kernel/says.ts'
import type { Instant } from '../../kernel/time.ts'
import { sentence } from '../texts.ts'
import { counted, idleInWords } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Glyph } from './glyph.tsx'
import { Layout } from './layout.tsx'
import { TurnWord } from './matter.tsx'
import { Due, Empty, Facts, Foreign, Moment, OnDay, Section, Table, VerdictWord, withoutTricks } from './parts.tsx'
import { requirementAddress } from './addresses.ts'

/** Address of a thread. */
export const threadAddress = ({ app, programme, tier }: ApplicationOf): string =>
  `/apps/${encodeURIComponent(app)}/applications/${encodeURIComponent(programme)}/${encodeURIComponent(tier)}`

const word = (group: string, name: string): string => sentence(says(`applications.${group}.${name}`))

/** The badges that an app can apply for. */
export function ApplicationsPage(given: {
  readonly chrome: Chrome
  readonly app: AppDocument
  readonly applicable: readonly Applicable[]
  readonly now: Instant
}): ReactElement {
  const { chrome, app, applicable, now } = given
  return (
    <Layout {...chrome} title={`Applications of ${app.name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`/apps/${encodeURIComponent(app.app)}/standing`}>
            Standing of <Foreign>{app.name}</Foreign>
          </a>
        </p>
        <h1>Applications</h1>
        <p className="lead quiet">One thread for each badge, from the first question to the end of the badge.</p>
      </div>
      {applicable.length === 0 ? (
        <Empty title="Nothing to apply for">
          <p>No programme that is open here asks for an application. Badges without one are proposed as soon as everything is met.</p>
        </Empty>
      ) : (
        <Table
          caption={counted(applicable.length, 'badge')}
          columns={[
            { title: 'Badge', names: true },
            { title: 'What it says' },
            { title: 'State' },
            { title: 'Whose turn' },
            { title: 'By when' },
          ]}
          rows={applicable.map(({ of, title, says: told, document }) => ({
            key: `${of.programme}.${of.tier}`,
            cells: [
              <a href={threadAddress(of)}>{title}</a>,
              told,
              word('word', document?.word ?? 'none'),
              document?.turn == null ? <span className="quiet">Nobody has to act</span> : <TurnWord turn={document.turn.side} />,
              document?.turn?.due_at == null ? (
                <span className="quiet">No deadline runs</span>
              ) : (
                <Due at={document.turn.due_at} now={now} />
              ),
            ],
          }))}
        />
      )}
    </Layout>
  )
}

/** What a form of the page said, and which one it was. */
export type Refilled = { readonly form: string; readonly values: Typed; readonly errors: Errors }

type Given = { readonly chrome: Chrome; readonly read: ThreadRead; readonly told: string | null; readonly refilled: Refilled | null }

/** A thread: whose turn, what next, by when; then the parts, what was brought, and what was said. */
export function ApplicationPage(given: Given): ReactElement {
  const { chrome, read, told, refilled } = given
  const { app, of } = read
  return (
    <Layout {...chrome} title={`${read.tier_title} for ${app.name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`/apps/${encodeURIComponent(of.app)}/applications`}>Applications</a> of{' '}
          <a href={`/apps/${encodeURIComponent(of.app)}/standing`}>
            <Foreign>{app.name}</Foreign>
          </a>
        </p>
        <h1>{read.tier_title}</h1>
        <p className="lead">
          {word('word', read.word)}
          {read.since === null ? '' : ' since '}
          {read.since === null ? null : <OnDay at={read.since} />}. {read.programme_title}.
        </p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      {refilled === null ? null : <ErrorSummary errors={refilled.errors} titles={TITLES} />}
      <TurnPanel read={read} />
      {read.word === 'none' || read.barred.length > 0 ? <Gate read={read} /> : null}
      <Parts read={read} />
      <Decide {...given} />
      <Evidence {...given} />
      <Talk {...given} />
      {read.notes === null ? null : <Notes {...given} />}
    </Layout>
  )
}

const TITLES: { readonly [field: string]: string } = {
  words: 'Words',
  mentions: 'Tell',
  file: 'File',
  valid_until: 'Out of date from',
  from: 'From',
  until: 'Until',
  asked: 'What has to change',
}

function TurnPanel({ read }: { readonly read: ThreadRead }): ReactElement {
  const { turn, now } = read
  const overdue = turn !== null && turn.side !== 'nobody' && turn.due_at !== null && turn.due_at < now
  return (
    <Section id="turn" title="Whose turn it is">
      <div className="panel stack">
        <p>
          <TurnWord turn={turn?.side ?? 'nobody'} /> {nextOf(read)}
        </p>
        {turn === null ? null : (
          <Facts
            of={[
              ['Step', word('step', turn.step)],
              ['Since', <Moment at={turn.since} />],
              ['Until', turn.due_at === null ? 'No deadline' : <Due at={turn.due_at} now={now} />],
              ...(overdue && turn.side === 'operator'
                ? ([['Late', 'The operator promised to be done by then. The partner pays nothing for it.']] as const)
                : []),
            ]}
          />
        )}
      </div>
      {read.idle.length === 0 ? null : (
        <Table
          caption="How long each side has had this application"
          columns={[
            { title: 'Step', names: true },
            { title: 'On which side' },
            { title: 'In all', numeric: true },
            { title: 'Turns', numeric: true },
            { title: 'Late', numeric: true },
          ]}
          rows={read.idle.map(({ step, side, ms, turns, late }) => ({
            key: `${step} ${side}`,
            cells: [word('step', step), word('side', side), idleInWords(ms), String(turns), String(late)],
          }))}
        />
      )}
    </Section>
  )
}

/** What comes next, in a sentence. */
function nextOf(read: ThreadRead): string {
  switch (read.word) {
    case 'none':
      return read.barred.length === 0 ? 'The app can apply.' : 'The app cannot apply yet; what is in the way stands below.'
    case 'triage':
      return 'The operator looks whether anything is missing.'
    case 'changes':
      return 'The operator has asked for changes. The partner answers when they are made.'
    case 'verification':
      return 'The operator looks at each part and arranges test runs.'
    case 'soak':
      return 'Everything was found in order and has to stay so for a while.'
    case 'review':
      return `${read.approvals.length} of ${counted(read.reviewers, 'reviewer')} approved on the standing as it is.`
    case 'granted':
      return 'The badge is granted. The thread stays open for notices and questions.'
    case 'declined':
      return read.again_from !== null && read.again_from > read.now
        ? `Declined. It can be applied for again from ${read.again_from.slice(0, 10)}.`
        : 'Declined. It can be applied for again.'
    case 'withdrawn':
      return 'The partner has withdrawn it. It can be applied for again.'
    case 'lapsed':
      return 'Nothing came for too long. It can be applied for again.'
    case 'ended':
      return 'The programme or the tier has ended here.'
  }
}

function Gate({ read }: { readonly read: ThreadRead }): ReactElement {
  const { policy, judged, of } = read
  const gate = judged.filter(({ requirement }) => policy?.eligibility.includes(requirement) === true)
  return (
    <Section id="gate" title="Who may apply">
      {gate.length === 0 ? (
        <p className="quiet">
          {judged.length === 0
            ? 'This app has not been judged yet; the first verdicts follow within minutes.'
            : 'Nothing is asked beforehand.'}
        </p>
      ) : null}
      {gate.length === 0 ? null : <Requirements judged={gate} of={of} caption="Asked before anybody can apply" />}
    </Section>
  )
}

function Requirements(given: { readonly judged: readonly Judged[]; readonly of: ApplicationOf; readonly caption: string }): ReactElement {
  return (
    <Table
      caption={given.caption}
      columns={[{ title: 'Requirement', names: true }, { title: 'Verdict' }, { title: 'What was found, and what to do' }]}
      rows={given.judged.map((one) => ({
        key: one.requirement,
        cells: [
          <a href={requirementAddress(given.of.programme, one.requirement)}>{one.title}</a>,
          <VerdictWord word={one.verdict} />,
          <div className="stack">
            <p className="foreign">{withoutTricks(one.says)}</p>
            {one.verdict === 'unmet' || one.verdict === 'unknown' ? (
              <p className="small foreign">
                {one.operators ? 'The operator’s to look at. ' : ''}
                {withoutTricks(one.change)}
              </p>
            ) : null}
          </div>,
        ],
      }))}
    />
  )
}

const SHAPE = {
  not_started: 'none',
  waiting_partner: 'unknown',
  waiting_operator: 'unknown',
  soaking: 'upcoming',
  met: 'met',
  failed: 'unmet',
} as const satisfies Record<ComponentRead['state'], Parameters<typeof Glyph>[0]['shape']>

function Parts({ read }: { readonly read: ThreadRead }): ReactElement | null {
  if (read.components.length === 0) return null
  const missing = read.components.reduce((sum, part) => sum + part.missing.length, 0)
  return (
    <Section id="parts" title={read.word === 'none' ? 'Readiness' : 'Parts'}>
      <p className="quiet">
        Judged now by the engine that decides.{' '}
        {missing === 0
          ? 'Nothing is in the way of the badge.'
          : `${counted(missing, 'requirement')} of ${read.judged.length} ${missing === 1 ? 'is' : 'are'} in the way of the badge.`}
      </p>
      <Table
        caption="Each part by itself"
        quiet_caption
        columns={[{ title: 'Part', names: true }, { title: 'State' }, { title: 'What is missing' }, { title: 'Test runs' }]}
        rows={read.components.map((part) => ({
          key: part.component,
          cells: [
            <>
              <a href={`#part-${part.component}`}>{part.title}</a>
              <br />
              <span className="small quiet">{part.says}</span>
            </>,
            <PartState part={part} now={read.now} />,
            part.missing.length === 0 ? <span className="quiet">Nothing</span> : counted(part.missing.length, 'requirement'),
            part.runs.length === 0 ? (
              <span className="quiet">None</span>
            ) : (
              <ul className="plain">
                {part.runs.map((run) => (
                  <li key={run.run}>
                    {run.title}: {RUN[run.state]}
                    {run.state === 'arranged' && run.planned_at !== null ? (
                      <>
                        , <Moment at={run.planned_at} />
                      </>
                    ) : null}
                  </li>
                ))}
              </ul>
            ),
          ],
        }))}
      />
      {read.components.map((part) => (
        <details
          key={part.component}
          id={`part-${part.component}`}
          open={part.missing.length > 0 && read.word !== 'granted' && part.missing.length <= 5}
        >
          <summary>
            {part.title}:{' '}
            {part.missing.length === 0 ? `all ${part.judged.length} in order` : `${part.missing.length} of ${part.judged.length} to do`}
          </summary>
          {part.judged.length === 0 ? <p className="quiet">Nothing is asked of this app here.</p> : null}
          {part.judged.length === 0 ? null : (
            <Requirements
              judged={[...part.missing, ...part.judged.filter((one) => !part.missing.includes(one))]}
              of={read.of}
              caption={part.title}
            />
          )}
        </details>
      ))}
    </Section>
  )
}

const RUN = { not_arranged: 'not arranged', arranged: 'arranged', passed: 'passed', failed: 'failed' } as const

const PartState = ({ part, now }: { readonly part: ComponentRead; readonly now: Instant }): ReactElement => (
  <>
    <span className={`verdict is-${SHAPE[part.state].replace('_', '-')}`}>
      <Glyph shape={SHAPE[part.state]} />
      {word('component', part.state)}
    </span>
    {part.soaks_until === null ? null : (
      <>
        <br />
        <span className="small">
          until <Due at={part.soaks_until} now={now} />
        </span>
      </>
    )}
  </>
)

/** A form of the page, to the address of its act. Ids carry the act's name, since a page has several. */
function ActForm(given: {
  readonly of: ApplicationOf
  readonly path: string
  readonly button: string
  readonly quiet?: boolean
  readonly files?: boolean
  readonly children?: ReactNode
}): ReactElement {
  return (
    <form
      className="form"
      method="post"
      action={`${threadAddress(given.of)}/${given.path}`}
      encType={given.files === true ? 'multipart/form-data' : undefined}
    >
      {given.children}
      <p className="acts">
        <button type="submit" className={given.quiet === true ? 'is-quiet' : undefined}>
          {given.button}
        </button>
      </p>
    </form>
  )
}

/** A text to write, with its label; filled again after a refusal. */
function WordsField(given: {
  readonly form: string
  readonly title: string
  readonly hint?: string
  readonly refilled: Refilled | null
  readonly required?: boolean
}): ReactElement {
  const { form, title, hint, refilled } = given
  const mine = refilled?.form === form ? refilled : null
  return (
    <div className={mine?.errors['words'] === undefined ? 'field' : 'field has-error'}>
      <label htmlFor={`${form}-words`}>{title}</label>
      {hint === undefined ? null : (
        <p className="hint" id={`${form}-words-hint`}>
          {hint}
        </p>
      )}
      {mine?.errors['words'] === undefined ? null : <p className="error">{mine.errors['words']}</p>}
      <textarea
        id={`${form}-words`}
        name="words"
        required={given.required !== false}
        maxLength={LONGEST_WORDS}
        aria-describedby={hint === undefined ? undefined : `${form}-words-hint`}
        defaultValue={mine?.values['words'] ?? ''}
      />
    </div>
  )
}

const Hidden = ({ name, value }: { readonly name: string; readonly value: string }): ReactElement => (
  <input type="hidden" name={name} value={value} />
)

/** What the reader can do next about the application itself. */
function Decide({ read, refilled }: Given): ReactElement {
  const { of, actions, policy } = read
  const offer = (act: PersonsAct) => actions.find((one) => one.act === act)
  const can = (act: PersonsAct): boolean => offer(act)?.allowed === true
  const seen = <Hidden name="seen" value={String(read.version)} />
  const standing = <Hidden name="standing_hash" value={read.standing_hash ?? ''} />
  const greyed = read.side === 'operator' ? (['approve', 'finish_verification'] as const) : (['apply'] as const)
  const shown_grey = greyed.filter((act) => !can(act) && RELEVANT[act].includes(read.word))
  return (
    <Section id="next" title="What you can do">
      {can('apply') ? (
        <ActForm of={of} path="apply" button={`Apply for ${read.tier_title}`}>
          <p className="hint">
            You apply on the standing that you see. Parts that are still missing do not stop you; they stay the partner’s turn until they
            are met.
          </p>
          {standing}
        </ActForm>
      ) : null}
      {shown_grey.map((act) => (
        <div className="offer" key={act}>
          <button type="button" aria-disabled="true" aria-describedby={`${act}-refused`}>
            {BUTTONS[act]}
          </button>
          <p className="hint" id={`${act}-refused`}>
            {offer(act)?.reason}
          </p>
        </div>
      ))}
      {can('accept') ? (
        <ActForm of={of} path="accept" button="Complete: begin the look at each part">
          {seen}
        </ActForm>
      ) : null}
      {can('answer') ? (
        <ActForm of={of} path="answer" button="Answer and hand back">
          <WordsField form="answer" title="What you have changed" refilled={refilled} />
        </ActForm>
      ) : null}
      {read.word === 'verification' && can('finish_verification') ? (
        <ActForm of={of} path="finish-verification" button="Hand over to the reviewers">
          {seen}
        </ActForm>
      ) : null}
      {read.side === 'operator' && read.word === 'verification' ? <Verify read={read} refilled={refilled} /> : null}
      {can('approve') ? (
        <ActForm of={of} path="approve" button="Approve">
          <p className="hint">
            You approve on the standing <code>{(read.standing_hash ?? '').slice('sha256:'.length, 'sha256:'.length + 8)}</code>. If it
            changes before you press, you are told what changed.{' '}
            {read.reviewers === 1 ? 'You alone decide; the programme’s page says so.' : ''}
          </p>
          {standing}
          {seen}
          <WordsField form="approve" title="Why you approve" hint="The partner reads it." refilled={refilled} />
        </ActForm>
      ) : null}
      {can('request_changes') ? (
        <details open={refilled?.form === 'request-changes'}>
          <summary>Ask for changes</summary>
          <ActForm of={of} path="request-changes" button="Ask for changes">
            {seen}
            <fieldset>
              <legend>What has to change</legend>
              {(policy?.components ?? []).map(({ id, title }) => (
                <p key={id}>
                  <label>
                    <input type="checkbox" name={`asked:${id}`} value="yes" defaultChecked={refilled?.values[`asked:${id}`] === 'yes'} />{' '}
                    {title}
                  </label>
                </p>
              ))}
            </fieldset>
            <WordsField
              form="request-changes"
              title="What to change, and why"
              hint="The partner reads it and gets a mail."
              refilled={refilled}
            />
          </ActForm>
        </details>
      ) : null}
      {can('decline') ? (
        <details open={refilled?.form === 'decline'}>
          <summary>Decline</summary>
          <ActForm of={of} path="decline" button="Decline the application" quiet>
            {seen}
            <WordsField form="decline" title="Why you decline" hint="The partner is owed the reason." refilled={refilled} />
          </ActForm>
        </details>
      ) : null}
      {can('recuse') ? (
        <details>
          <summary>Stand back because of a tie</summary>
          <ActForm of={of} path="recuse" button="Stand back" quiet>
            <div className="field">
              <label htmlFor="conflict">Your tie to the partner or the app</label>
              <select id="conflict" name="conflict" required>
                {(policy?.recusal ?? []).map(({ id, says: told }) => (
                  <option key={id} value={id}>
                    {told}
                  </option>
                ))}
              </select>
            </div>
          </ActForm>
        </details>
      ) : null}
      {can('withdraw') ? (
        <details>
          <summary>Withdraw the application</summary>
          <ActForm of={of} path="withdraw" button="Withdraw" quiet>
            <p className="hint">The thread and what you brought stay. You can apply again.</p>
          </ActForm>
        </details>
      ) : null}
      {actions.some((one) => one.allowed && one.act !== 'comment') || shown_grey.length > 0 ? null : (
        <p className="quiet">Nothing, apart from writing on the thread.</p>
      )}
    </Section>
  )
}

const BUTTONS = { approve: 'Approve', finish_verification: 'Hand over to the reviewers', apply: 'Apply' } as const
const RELEVANT = {
  approve: ['review'],
  finish_verification: ['verification'],
  apply: ['none', 'declined', 'withdrawn', 'lapsed'],
} as const satisfies { readonly [act in keyof typeof BUTTONS]: readonly ThreadRead['word'][] } as {
  readonly [act in keyof typeof BUTTONS]: readonly string[]
}

function Verify({ read, refilled }: { readonly read: ThreadRead; readonly refilled: Refilled | null }): ReactElement {
  const { of } = read
  return (
    <>
      <h3>Look at each part</h3>
      {read.components.map((part) => (
        <details key={part.component} open={refilled?.form === `checks-${part.component}`}>
          <summary>
            {part.title}: {word('component', part.state).toLowerCase()}
          </summary>
          {part.runs.map((run) => (
            <div className="panel stack" key={run.run}>
              <h4>
                {run.title}: {RUN[run.state]}
              </h4>
              <p className="quiet">{run.says}</p>
              {run.state === 'arranged' ? (
                <ActForm of={of} path="run-results" button={`Record the result of “${run.title}”`}>
                  <Hidden name="run" value={run.run} />
                  <div className="field">
                    <label htmlFor={`${run.run}-result`}>Result</label>
                    <select id={`${run.run}-result`} name="result" required>
                      <option value="passed">Passed</option>
                      <option value="failed">Failed</option>
                    </select>
                  </div>
                  <WordsField form={`run-results-${run.run}`} title="What was tried, and what happened" refilled={refilled} />
                </ActForm>
              ) : run.state === 'passed' ? null : (
                <ActForm of={of} path="runs" button={`Arrange “${run.title}”`}>
                  <Hidden name="run" value={run.run} />
                  <div className="field">
                    <label htmlFor={`${run.run}-planned`}>When, UTC</label>
                    <input id={`${run.run}-planned`} name="planned_at" type="datetime-local" />
                  </div>
                </ActForm>
              )}
            </div>
          ))}
          <ActForm of={of} path="checks" button={`Record the look at “${part.title}”`}>
            <Hidden name="component" value={part.component} />
            <Hidden name="standing_hash" value={read.standing_hash ?? ''} />
            <div className="field">
              <label htmlFor={`${part.component}-result`}>What you found</label>
              <select id={`${part.component}-result`} name="result" required>
                <option value="met">In order</option>
                <option value="failed">Not in order</option>
              </select>
            </div>
            <WordsField
              form={`checks-${part.component}`}
              title="In your own words"
              hint="Needed when it is not in order; the partner reads it."
              refilled={refilled}
              required={false}
            />
          </ActForm>
        </details>
      ))}
    </>
  )
}

const PROVENANCE_SHAPE = {
  'self-declared': 'none',
  'evidence-linked': 'unknown',
  inherited: 'upcoming',
  witnessed: 'met',
  'operator-verified': 'met',
} as const satisfies Record<Provenance, Parameters<typeof Glyph>[0]['shape']>

function Evidence({ read, refilled }: Given): ReactElement {
  const { of, attachments, side } = read
  const mine = refilled?.form === 'attachments' ? refilled : null
  const errors: Errors = mine?.errors ?? {}
  const values: Typed = mine?.values ?? {}
  return (
    <Section id="evidence" title="Evidence">
      {attachments.length === 0 ? (
        <p className="quiet">Nothing was brought yet.</p>
      ) : (
        <Table
          caption={`${counted(attachments.length, 'piece')}. Who vouches for each is said beside it; files are kept as they came and never opened here.`}
          columns={[
            { title: 'File', names: true },
            { title: 'Who vouches for it' },
            { title: 'For' },
            { title: 'Out of date from' },
            { title: 'What to do' },
          ]}
          rows={attachments.map((file) => ({ key: file.attachment, cells: fileCells(file, read) }))}
        />
      )}
      {read.word === 'none' ? (
        <p className="hint">Files can be brought once the thread is open, which is when the app applies.</p>
      ) : (
        <details open={mine !== null}>
          <summary>Bring evidence</summary>
          <ActForm of={of} path="attachments" button="Bring it" files>
            <Field
              name="file"
              title="File"
              hint="PDF, PNG, JPEG, or text in UTF-8 (plain, CSV, JSON), up to 3 MB. Archives are not taken. Seen by the partner and the operator."
              errors={errors}
            >
              {(ties) => <input {...ties} name="file" type="file" required />}
            </Field>
            <div className="field">
              <label htmlFor="requirement">What it shows</label>
              <select id="requirement" name="requirement" defaultValue={values['requirement'] ?? ''}>
                <option value="">The application as a whole</option>
                {read.judged.map(({ requirement, title }) => (
                  <option key={requirement} value={requirement}>
                    {title}
                  </option>
                ))}
              </select>
            </div>
            <Field name="valid_until" title="Out of date from" hint="Leave it empty when it does not grow old." errors={errors}>
              {(ties) => <input {...ties} name="valid_until" type="date" defaultValue={values['valid_until'] ?? ''} />}
            </Field>
            {attachments.some((file) => file.side === side) ? (
              <div className="field">
                <label htmlFor="attachment">New revision of</label>
                <select id="attachment" name="attachment" defaultValue={values['attachment'] ?? ''}>
                  <option value="">Nothing: it is a new piece</option>
                  {attachments
                    .filter((file) => file.side === side)
                    .map((file) => (
                      <option key={file.attachment} value={file.attachment}>
                        {withoutTricks(file.name)}
                      </option>
                    ))}
                </select>
              </div>
            ) : null}
            {side === 'partner' ? (
              <p>
                <label>
                  <input type="checkbox" name="whole_partner" value="yes" /> It is about us as a whole: our other apps take it over when
                  they apply
                </label>
              </p>
            ) : null}
          </ActForm>
        </details>
      )}
    </Section>
  )
}

function fileCells(file: AttachmentRead, read: ThreadRead): readonly ReactNode[] {
  const { of, side } = read
  const title = read.judged.find(({ requirement }) => requirement === file.requirement)?.title ?? file.requirement
  const by = (person: string): string => read.people.find((one) => one.person === person)?.name ?? 'somebody who is gone'
  return [
    <>
      <a href={`${threadAddress(of)}/attachments/${encodeURIComponent(file.attachment)}/content`} download="">
        <Foreign>{file.name}</Foreign>
      </a>
      <br />
      <span className="small quiet">
        revision {file.revision}, {Math.ceil(file.bytes / 1024)} kB, <OnDay at={file.at} />, <Foreign>{by(file.by)}</Foreign>
        <br />
        <code className="foreign">{file.content.slice(0, 'sha256:'.length + 12)}…</code>
      </span>
    </>,
    <>
      <span className={`verdict is-${PROVENANCE_SHAPE[file.provenance]}`}>
        <Glyph shape={PROVENANCE_SHAPE[file.provenance]} />
        {file.provenance}
      </span>
      <br />
      <span className="small quiet">
        {word('provenance', file.provenance)}
        {file.from === null ? '' : `: ${file.from}`}
      </span>
    </>,
    title ?? <span className="quiet">The whole</span>,
    file.valid_until === null ? (
      <span className="quiet">Never</span>
    ) : file.expired ? (
      <strong>
        Since <OnDay at={file.valid_until} />
      </strong>
    ) : (
      <Due at={file.valid_until} now={read.now} />
    ),
    <div className="stack">
      {side === 'operator' && file.side === 'partner' && file.provenance !== 'operator-verified' ? (
        <form method="post" action={`${threadAddress(of)}/verified-attachments`}>
          <Hidden name="attachment" value={file.attachment} />
          <Hidden name="provenance" value="operator-verified" />
          <button type="submit" className="is-quiet" aria-label={`I checked it: ${withoutTricks(file.name)}`}>
            I checked it
          </button>
        </form>
      ) : null}
      {side === file.side ? (
        <form method="post" action={`${threadAddress(of)}/withdrawn-attachments`}>
          <Hidden name="attachment" value={file.attachment} />
          <button type="submit" className="is-quiet" aria-label={`Take back ${withoutTricks(file.name)}`}>
            Take back
          </button>
        </form>
      ) : null}
    </div>,
  ]
}

/** Longer texts are folded, so that one of them does not hide the rest. */
const LINES_SHOWN = 12
const LETTERS_SHOWN = 1_500

function Text({ words, of }: { readonly words: string; readonly of: string }): ReactElement {
  const paragraphs = (text: string): ReactElement => (
    <div className="stack words foreign">
      {text.split(/\n{2,}/).map((paragraph, place) => (
        <p key={place}>{withoutTricks(paragraph.replaceAll('\n', LINE_KEPT)).replaceAll(LINE_KEPT, '\n')}</p>
      ))}
    </div>
  )
  const lines = words.split('\n').length
  if (lines <= LINES_SHOWN && words.length <= LETTERS_SHOWN) return paragraphs(words)
  return (
    <details>
      <summary>
        {of}: {counted(lines, 'line')}, {counted(words.length, 'character')}
      </summary>
      {paragraphs(words)}
    </details>
  )
}

/** Stands for a line end while characters that trick readers are taken out, which would take it along. */
const LINE_KEPT = '\u2028'

function Talk(given: Given): ReactElement {
  const { read, refilled } = given
  const { of, entries, side } = read
  const others = read.people.filter((one) => one.side !== side)
  const own = read.people.filter((one) => one.side === side)
  return (
    <Section id="thread" title="Thread">
      {read.older > 0 ? (
        <p>
          <a href={`${threadAddress(of)}?before=${entries[0]?.number ?? 1}#thread`}>
            {counted(read.older, 'older entry', 'older entries')}
          </a>
        </p>
      ) : null}
      {entries.length === 0 ? (
        <Empty title="Nothing was said yet">
          <p>The thread opens when the app applies, and stays for as long as the badge lives.</p>
        </Empty>
      ) : (
        <ol className="timeline">
          {entries.map((entry) => (
            <EntryItem key={entry.number} entry={entry} read={read} />
          ))}
        </ol>
      )}
      {read.word === 'none' ? null : (
        <>
          <ActForm of={of} path="comments" button="Write">
            <WordsField
              form="comments"
              title="Write on the thread"
              hint="The partner’s people and the operator’s people read it. Nobody else does."
              refilled={refilled}
            />
            <details>
              <summary>Tell somebody by mail</summary>
              <fieldset>
                <legend>Tell</legend>
                {[...others, ...own].slice(0, PEOPLE_SHOWN).map(({ person, name, side: theirs }) => (
                  <p key={person}>
                    <label>
                      <input type="checkbox" name={`mention:${person}`} value="yes" /> <Foreign>{name}</Foreign>, {theirs}
                    </label>
                  </p>
                ))}
              </fieldset>
            </details>
          </ActForm>
          {side === 'partner' ? <Downtime of={of} refilled={refilled} /> : null}
        </>
      )}
    </Section>
  )
}

const PEOPLE_SHOWN = 50

function EntryItem({ entry, read }: { readonly entry: Entry; readonly read: ThreadRead }): ReactElement {
  const who = entry.by.name === null ? (entry.by.person === null ? 'By itself' : 'Somebody who is gone') : entry.by.name
  const named = entry.mentions.flatMap((person) => read.people.find((one) => one.person === person)?.name ?? [])
  return (
    <li id={`entry-${entry.number}`}>
      <Moment at={entry.at} />
      <div className="stack">
        <p>
          <Foreign>{who}</Foreign>
          {entry.by.side === 'nobody' ? '' : `, ${entry.by.side}`}. <span className="foreign">{withoutTricks(sentence(entry.says))}</span>
        </p>
        {entry.words === null ? null : <Text words={entry.words} of="A long text" />}
        {entry.erased ? <p className="quiet">These words were erased.</p> : null}
        {named.length === 0 ? null : (
          <p className="small quiet">
            Told: <Foreign>{named.join(', ')}</Foreign>
          </p>
        )}
      </div>
    </li>
  )
}

function Downtime({ of, refilled }: { readonly of: ApplicationOf; readonly refilled: Refilled | null }): ReactElement {
  const mine = refilled?.form === 'downtimes' ? refilled : null
  const errors: Errors = mine?.errors ?? {}
  return (
    <details open={mine !== null}>
      <summary>Announce a planned downtime</summary>
      <ActForm of={of} path="downtimes" button="Announce it">
        <p className="hint">Announced before it begins. Times are UTC.</p>
        {(['from', 'until'] as const).map((name) => (
          <Field key={name} name={name} title={name === 'from' ? 'From' : 'Until'} errors={errors}>
            {(ties) => <input {...ties} name={name} type="datetime-local" required defaultValue={mine?.values[name] ?? ''} />}
          </Field>
        ))}
        <WordsField form="downtimes" title="What is planned" refilled={refilled} />
      </ActForm>
    </details>
  )
}

function Notes({ read, refilled }: Given): ReactElement {
  return (
    <Section id="notes" title="Among the operator’s people">
      <p className="quiet">The partner gets neither these notes nor that there are any.</p>
      {(read.notes ?? []).length === 0 ? null : (
        <ol className="timeline">
          {(read.notes ?? []).map((note, place) => (
            <li key={place}>
              <Moment at={note.at} />
              <div className="stack">
                <p>
                  <Foreign>{note.name ?? 'Somebody who is gone'}</Foreign>
                </p>
                {note.words === null ? <p className="quiet">These words were erased.</p> : <Text words={note.words} of="A long note" />}
              </div>
            </li>
          ))}
        </ol>
      )}
      {read.word === 'none' ? null : (
        <ActForm of={read.of} path="notes" button="Write the note" quiet>
          <WordsField form="notes" title="Note" refilled={refilled} />
        </ActForm>
      )}
    </Section>
  )
}
