import type { ReactElement } from 'react'
import { after, DAY_MS, parseInstant, dayOf } from '../../kernel/time.ts'
import type { PublicDay, PublicFigure } from '../public-app.ts'
import { counted, dayInWords, durationInWords, grouped, idInWords, percentOf, targetInWords } from '../words.ts'
import { Glyph } from './glyph.tsx'
import { Moment, OnDay, Table } from './parts.tsx'

/** What a figure is held against. */
export type Objective = { readonly title: string; readonly target: number; readonly coverage: number } | null

/**
 * A 28-day figure with its counts, its objective, and the days that it is made of. Below the coverage that the rule asks for
 * there is no figure, only the counts.
 */
export function Figure({
  figure,
  days,
  objective,
  ledger,
}: {
  readonly figure: PublicFigure
  readonly days: readonly PublicDay[]
  readonly objective: Objective
  /** Where the ledger of the app is read. */
  readonly ledger: string
}): ReactElement {
  const seen = figure.expected === null ? null : figure.total / figure.expected
  const enough = objective === null || seen === null || seen >= objective.coverage
  const target = objective?.target ?? figure.target
  const reached = target !== null && figure.total > 0 && figure.good >= target * figure.total
  const title = objective?.title ?? idInWords(figure.indicator)
  const heading = figure.endpoint === undefined ? title : `${title}, at ${figure.endpoint}`
  return (
    <div className="figure">
      <h3>{heading}</h3>
      <p className="reading">
        {figure.total === 0 || !enough ? (
          <span className="value is-unknown">Unknown</span>
        ) : (
          <span className="value">{percentOf(figure.good, figure.total, 3)}</span>
        )}
        <span>
          over {durationInWords(figure.window)}
          {target === null ? '' : `, objective ${targetInWords(target)}`}
        </span>
        {target === null || figure.total === 0 || !enough ? null : (
          <span className={reached ? 'verdict is-met' : 'verdict is-unmet'}>
            <Glyph shape={reached ? 'met' : 'unmet'} />
            {reached ? 'Reached' : 'Missed'}
          </span>
        )}
      </p>
      {days.length === 0 ? null : <DayBar title={title} days={days} />}
      <p className="small quiet">
        Counted up to <Moment at={figure.to} />: {grouped(figure.good)} good of {grouped(figure.total)} judged
        {figure.expected === null ? '' : ` of ${grouped(figure.expected)} minutes (${percentOf(figure.total, figure.expected)} seen)`}.{' '}
        {figure.unknown > 0 ? `${grouped(figure.unknown)} could not be judged and count for neither side. ` : ''}
        {enough ? '' : `The rule asks for ${targetInWords(objective.coverage)} seen before there is a figure. `}
        {figure.reported_by === undefined ? '' : `${REPORTED_BY[figure.reported_by]} `}
        {figure.raw === undefined ? (
          'Raw counts: no maintenance and no fault of others has been taken out.'
        ) : (
          <>
            <a href={ledger}>The ledger</a> takes out {counted(figure.raw.total - figure.total, 'judged minute')} that were not the app’s
            doing; as seen it is {percentOf(figure.raw.good, figure.raw.total, 3)} ({grouped(figure.raw.good)} of{' '}
            {grouped(figure.raw.total)}).
          </>
        )}
      </p>
    </div>
  )
}

/** Whose word a figure is that nobody here has counted. */
const REPORTED_BY = {
  operator: 'Sent in from the marketplace’s own telemetry.',
  partner: 'Reported by the partner: the marketplace has not measured it.',
} as const satisfies Record<NonNullable<PublicFigure['reported_by']>, string>

/** What a day was: nothing bad and mostly seen, something bad, or not seen for half of it or more. */
type DayKind = 'whole' | 'broken' | 'dark'

/** Days before the first that was ever counted are neither good nor missing. */
type ShownKind = DayKind | 'before'

export const dayKind = ({ good, total, unknown }: PublicDay): DayKind => {
  if (good < total) return 'broken'
  return total === 0 || unknown > total ? 'dark' : 'whole'
}

function shownKind(day: string, found: PublicDay | undefined, days: readonly PublicDay[]): ShownKind {
  if (found !== undefined) return dayKind(found)
  return day < (days[0]?.day ?? day) ? 'before' : 'dark'
}

const DAYS = 90
const STEP = 6
const HEIGHT = 44

/** Ninety days, a bar each. A whole day is a full bar, a day with failures a shorter one, a day that was not seen a stub: shapes before colours. */
function DayBar({ title, days }: { readonly title: string; readonly days: readonly PublicDay[] }): ReactElement {
  const last = days.at(-1)?.day ?? ''
  const end = parseInstant(last)
  const known = new Map(days.map((day) => [day.day, day]))
  const shown = Array.from({ length: DAYS }, (_, place) => {
    const day = dayOf(after(end, (place - DAYS + 1) * DAY_MS))
    const found = known.get(day)
    return { day, x: place * STEP, kind: shownKind(day, found, days), found }
  })
  const first = shown[0]?.day ?? last
  const count = (kind: ShownKind): number => shown.filter((one) => one.kind === kind).length
  const told = shown.flatMap(({ found, kind }) => (found === undefined || kind === 'whole' ? [] : [{ found, kind }]))
  const before = count('before') === 0 ? '' : `, ${counted(count('before'), 'day')} before it was watched`
  const summary = `${counted(count('whole'), 'whole day')}, ${count('broken')} with failures, ${count('dark')} not seen${before}`
  return (
    <div>
      <svg
        className="bar"
        viewBox={`0 0 ${DAYS * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}, ${dayInWords(first)} to ${dayInWords(last)}: ${summary}`}
      >
        <path className="whole" d={bars(shown, 'whole', HEIGHT)} />
        <path className="broken" d={bars(shown, 'broken', HEIGHT * 0.62)} />
        <path className="dark" d={bars(shown, 'dark', HEIGHT * 0.22)} />
      </svg>
      <p className="bar-ends">
        <OnDay at={first} />
        <span>{summary}</span>
        <OnDay at={last} />
      </p>
      {told.length === 0 ? null : (
        <details>
          <summary>Days with failures or gaps, in numbers</summary>
          <Table
            caption={`${title}: days that were not whole, newest first`}
            quiet_caption
            columns={[
              { title: 'Day', names: true },
              { title: 'What it was' },
              { title: 'Good', numeric: true },
              { title: 'Judged', numeric: true },
              { title: 'Not seen', numeric: true },
            ]}
            rows={told.toReversed().map(({ found, kind }) => ({
              key: found.day,
              cells: [
                dayInWords(found.day),
                kind === 'broken' ? 'With failures' : 'Not seen',
                grouped(found.good),
                grouped(found.total),
                grouped(found.unknown),
              ],
            }))}
          />
        </details>
      )}
    </div>
  )
}

/** All bars of one kind as one path: ninety rectangles would be a fifth of the page. */
const bars = (shown: readonly { readonly x: number; readonly kind: ShownKind }[], kind: DayKind, height: number): string =>
  shown
    .filter((one) => one.kind === kind)
    .map(({ x }) => `M${x + 0.75} ${HEIGHT}v-${Math.round(height)}h${STEP - 1.5}v${Math.round(height)}z`)
    .join('')
