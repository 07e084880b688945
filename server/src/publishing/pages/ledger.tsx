import type { ReactElement } from 'react'
import { MAINTENANCE, type AttributionPolicy } from '../../attribution/ledger.ts'
import type { LedgerEntry } from '../../attribution/ledger-view.ts'
import type { Instant } from '../../kernel/time.ts'
import type { PublicEntry } from '../public-ledger.ts'
import { counted, durationInWords, targetInWords } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { Empty, Foreign, Moment, OnDay, Section, Table, withoutTricks } from './parts.tsx'

export type LedgerRead = {
  readonly app: { readonly app: string; readonly name: string; readonly endpoints: readonly string[] }
  readonly policy: AttributionPolicy | null
  readonly entries: readonly PublicEntry[]
  /** What was seen in the minutes of each entry. */
  readonly seen: { readonly [entry: string]: { readonly good: number; readonly bad: number; readonly unknown: number } | undefined }
  /** Entries with their reasons, for the partner and the operator; null for everybody else. */
  readonly own: readonly { readonly entry: LedgerEntry; readonly words: readonly string[] }[] | null
}

export type LedgerMay = { readonly write: boolean; readonly sign: boolean }

const STATUS = {
  proposed: 'Waits for a second person',
  signed: 'Agreed',
  declined: 'Declined',
  contested: 'Waits for a third person',
  upheld: 'Declined by two people',
  reversed: 'Taken back later',
} as const satisfies Record<LedgerEntry['status'], string>

const SIDE = { partner: 'The partner', operator: 'The operator' } as const

/** What was taken out of an app's figures, why, and what the figures would be without it. Everybody reads what two people agreed on. */
export function LedgerPage(given: {
  readonly chrome: Chrome
  readonly read: LedgerRead
  readonly may: LedgerMay
  readonly told: string | null
  readonly errors: Errors
  readonly typed: Typed
}): ReactElement {
  const { chrome, read, may, told, errors } = given
  const here = `/apps/${encodeURIComponent(read.app.app)}`
  const open = (read.own ?? []).filter(({ entry }) => entry.status !== 'signed' && entry.status !== 'reversed')
  return (
    <Layout {...chrome} title={`Ledger of ${withoutTricks(read.app.name)}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={here}>
            <Foreign>{read.app.name}</Foreign>
          </a>
        </p>
        <h1>Whose doing it was</h1>
        <p className="lead">
          Minutes that were not the app’s doing are taken out of its figures when two people agree. The figures as they were seen stay
          beside them, and nothing that was seen is changed.
        </p>
        {read.policy === null ? null : (
          <p className="quiet">
            Planned downtime is said {durationInWords(read.policy.maintenance.notice)} ahead and is at most{' '}
            {targetInWords(read.policy.maintenance.most)} of {durationInWords(read.policy.maintenance.per)}; an outage is attributed within{' '}
            {durationInWords(read.policy.within)}.
          </p>
        )}
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={errors} titles={FIELDS} />
      <Section id="agreed" title="Agreed on">
        {read.entries.length === 0 ? (
          <Empty title="Nothing is taken out">
            <p>The figures of this app are as they were seen.</p>
          </Empty>
        ) : (
          <Table
            caption="Entries that two people agreed on"
            quiet_caption
            columns={[
              { title: 'When', names: true },
              { title: 'Whose doing' },
              { title: 'Seen in these minutes' },
              { title: 'Said by' },
              { title: 'What it does' },
            ]}
            rows={read.entries.map((entry) => ({
              key: entry.entry,
              cells: [
                <When key="when" entry={entry} />,
                causeInWords(entry.cause, read.policy),
                seenInWords(read.seen[entry.entry]),
                <span key="by">
                  {SIDE[entry.side]}, <OnDay at={entry.proposed_at} />
                </span>,
                effectInWords(entry),
              ],
            }))}
          />
        )}
      </Section>
      {open.length === 0 ? null : (
        <Section id="open" title="Not agreed on">
          <ul className="matters">
            {open.map(({ entry, words }) => (
              <li key={entry.entry}>
                <OpenEntry entry={entry} words={words} read={read} may={may} here={here} given={given} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {may.write && read.policy !== null ? <Write read={read} policy={read.policy} here={here} given={given} /> : null}
    </Layout>
  )
}

function When({ entry }: { readonly entry: Pick<PublicEntry, 'occurrences' | 'recurrence' | 'endpoint'> }): ReactElement {
  const [first] = entry.occurrences
  return (
    <span>
      {first === undefined ? 'No time' : <Moment at={first.from as Instant} />}
      {first === undefined ? null : (
        <>
          {' to '}
          <Moment at={first.to as Instant} />
        </>
      )}
      {entry.recurrence === null ? '' : `, and so on, ${counted(entry.occurrences.length, 'time')} in all (${entry.recurrence})`}
      {entry.endpoint === null ? null : (
        <>
          , at <Foreign>{entry.endpoint}</Foreign>
        </>
      )}
    </span>
  )
}

const causeInWords = (cause: string, policy: AttributionPolicy | null): string =>
  cause === MAINTENANCE ? 'Planned downtime' : (policy?.causes.find(({ id }) => id === cause)?.says ?? cause)

const seenInWords = (seen: LedgerRead['seen'][string]): string =>
  seen === undefined ? 'Nothing yet' : `${seen.bad} bad, ${seen.good} good, ${seen.unknown} not seen`

function effectInWords({ reversed, reverses, counted: stays }: PublicEntry): string {
  if (reversed) return 'Nothing any more: it was taken back'
  if (reverses !== null) return 'Takes an earlier entry back'
  return stays ? 'Explains; the minutes stay in the figure' : 'Takes the minutes out'
}

type Given = Parameters<typeof LedgerPage>[0]

function OpenEntry({
  entry,
  words,
  read,
  may,
  here,
  given,
}: {
  readonly entry: LedgerEntry
  readonly words: readonly string[]
  readonly read: LedgerRead
  readonly may: LedgerMay
  readonly here: string
  readonly given: Given
}): ReactElement {
  const waits = entry.status === 'proposed' || entry.status === 'contested'
  const field = `words-${entry.entry}`
  return (
    <article className="stack" aria-labelledby={entry.entry}>
      <h3 id={entry.entry}>
        {entry.reverses === null ? causeInWords(entry.cause, read.policy) : 'Takes an earlier entry back'}: {STATUS[entry.status]}
      </h3>
      <p>
        <When entry={entry} />. {SIDE[entry.side]}, <Moment at={entry.proposed_at} />. {seenInWords(read.seen[entry.entry])}.
      </p>
      {words.map((text, place) => (
        <blockquote key={place} className="words foreign">
          {withoutTricks(text)}
        </blockquote>
      ))}
      {(waits && may.sign) || (entry.status === 'declined' && may.write) ? (
        <form className="form" method="post" action={`${here}/ledger/${entry.entry}`}>
          <Field
            name={field}
            title={waits ? 'Why not, if you decline' : 'What was overlooked'}
            hint="Read by the partner and the operator."
            errors={given.errors}
          >
            {(ties) => <textarea {...ties} name="words" rows={3} defaultValue={given.typed[field] ?? ''} />}
          </Field>
          <div className="acts">
            {waits && may.sign ? (
              <>
                <button type="submit" name="do" value="sign">
                  Agree
                </button>
                <button type="submit" name="do" value="decline" className="is-quiet">
                  Decline
                </button>
              </>
            ) : (
              <button type="submit" name="do" value="contest">
                Have somebody else look at it
              </button>
            )}
          </div>
        </form>
      ) : null}
    </article>
  )
}

const FIELDS = {
  cause: 'Whose doing',
  endpoint: 'Where',
  from: 'From',
  to: 'To',
  rule: 'How it recurs',
  zone: 'Time zone',
  words: 'What happened',
  reverses: 'Entry',
} as const

function Write({
  read,
  policy,
  here,
  given,
}: {
  readonly read: LedgerRead
  readonly policy: AttributionPolicy
  readonly here: string
  readonly given: Given
}): ReactElement {
  const { errors, typed } = given
  const text = (name: keyof typeof FIELDS, hint: string, required = true): ReactElement => (
    <Field name={name} title={FIELDS[name]} hint={hint} errors={errors}>
      {(ties) => <input {...ties} name={name} type="text" defaultValue={typed[name] ?? ''} required={required} autoComplete="off" />}
    </Field>
  )
  const standing = read.entries.filter(({ reversed, reverses }) => !reversed && reverses === null)
  return (
    <Section id="write" title="Write into the ledger">
      <form className="form" method="post" action={`${here}/ledger`}>
        <Field name="cause" title={FIELDS.cause} hint="A downtime that is still to come, or an outage that is over." errors={errors}>
          {(ties) => (
            <select {...ties} name="cause" defaultValue={typed['cause'] ?? MAINTENANCE}>
              <option value={MAINTENANCE}>Planned downtime</option>
              {policy.causes.map(({ id, says }) => (
                <option key={id} value={id}>
                  {says}
                </option>
              ))}
            </select>
          )}
        </Field>
        {read.app.endpoints.length < 2 ? null : (
          <Field name="endpoint" title={FIELDS.endpoint} hint="The whole app, or one of its base URLs." errors={errors}>
            {(ties) => (
              <select {...ties} name="endpoint" defaultValue={typed['endpoint'] ?? ''}>
                <option value="">The whole app</option>
                {read.app.endpoints.map((url) => (
                  <option key={url} value={url}>
                    {withoutTricks(url)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        {text('from', 'To the minute, such as 2026-12-01T02:00:00Z.')}
        {text('to', 'The minute in which it is over.')}
        {text('rule', 'Only of planned downtime that recurs, as in RFC 5545: FREQ=WEEKLY;BYDAY=SU;COUNT=8.', false)}
        {text('zone', 'In which it recurs, such as Europe/Berlin. UTC when left out.', false)}
        <Field name="words" title={FIELDS.words} hint="And how you know. Read by the partner and the operator." errors={errors}>
          {(ties) => <textarea {...ties} name="words" rows={4} defaultValue={typed['words'] ?? ''} required />}
        </Field>
        <div className="acts">
          <button type="submit">Propose it</button>
        </div>
      </form>
      {standing.length === 0 ? null : (
        <details>
          <summary>Take an entry back that was a mistake</summary>
          <form className="form" method="post" action={`${here}/ledger/reverse`}>
            <Field name="reverses" title={FIELDS.reverses} errors={errors}>
              {(ties) => (
                <select {...ties} name="reverses">
                  {standing.map(({ entry, cause, occurrences }) => (
                    <option key={entry} value={entry}>
                      {causeInWords(cause, policy)}, {occurrences[0]?.from ?? ''}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field name="reverse-words" title="Why it was a mistake" errors={errors}>
              {(ties) => <textarea {...ties} name="words" rows={3} required />}
            </Field>
            <div className="acts">
              <button type="submit">Propose to take it back</button>
            </div>
          </form>
        </details>
      )}
    </Section>
  )
}
