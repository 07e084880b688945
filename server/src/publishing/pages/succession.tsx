import type { ReactElement } from 'react'
import type { Instant } from '../../kernel/time.ts'
import type { HolderRead, SuccessionRead } from '../../successions/moving.ts'
import { shelved, tierOf, type Ending, type Shelf } from '../shelf.ts'
import { counted, dayInWords, listInWords } from '../words.ts'
import { programmeAddress } from './addresses.ts'
import type { Chrome } from './chrome.ts'
import { Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { Citations, Empty, Facts, Foreign, Moment, OnDay, Section, State, STATE_WORDS, withoutTricks } from './parts.tsx'

const PHASE = {
  planned: 'Set. Both run from the day below on.',
  side_by_side: 'Both run side by side. People decide about each holder.',
  over: 'Over. The badges of the older programme have ended; their history stays.',
} as const satisfies Record<SuccessionRead['phase'], string>

/** Where a succession's page is. */
export const successionAddress = (programme: string): string => `${programmeAddress(programme)}/succession`

/** That a programme ends, or has ended, and what takes its place: on every page of it and of whoever holds its badge. */
export function EndingNotice({ of, shelf }: { readonly of: Ending; readonly shelf: Shelf }): ReactElement {
  const title = shelved(shelf, of.programme)?.pack.programme.title ?? of.programme
  const next = shelved(shelf, of.successor)?.pack.programme.title ?? of.successor
  return (
    <p>
      {of.over ? `${title} has ended, on ` : `${title} ends on `}
      <OnDay at={of.ends_on} />. {of.over ? 'In its place is' : 'In its place comes'} <a href={programmeAddress(of.successor)}>{next}</a>;{' '}
      <a href={successionAddress(of.programme)}>how holders go over</a>.
    </p>
  )
}

/** The end of a programme: dates and rules for everybody, and for the operator every holder with a decision to make. */
export function SuccessionPage(given: {
  readonly chrome: Chrome
  readonly read: SuccessionRead
  readonly shelf: Shelf
  /** Null for those who do not see all holders. */
  readonly holders: readonly HolderRead[] | null
  readonly refused: string | null
  readonly values: Typed
  readonly errors: Errors
  readonly told: string | null
}): ReactElement {
  const { read, shelf, holders } = given
  const old = shelved(shelf, read.programme)?.pack.programme
  const next = shelved(shelf, read.successor)?.pack.programme
  const titleOf = (programme: string, tier: string): string => tierOf(shelf, programme, tier)?.title ?? tier
  return (
    <Layout {...given.chrome} title={`From ${old?.title ?? read.programme} to ${next?.title ?? read.successor}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={programmeAddress(read.programme)}>{old?.title ?? read.programme}</a> and{' '}
          <a href={programmeAddress(read.successor)}>{next?.title ?? read.successor}</a>
        </p>
        <h1>How holders go over</h1>
        <p className="lead">{read.rules.says}</p>
      </div>
      {given.told === null ? null : (
        <p className="told" role="status">
          {given.told}
        </p>
      )}
      <div className="panel">
        <Facts
          of={[
            ['Where it stands', PHASE[read.phase]],
            ['Both run from', <OnDay key="from" at={read.rules.side_by_side_from} />],
            ['The older one is over on', <OnDay key="ends" at={read.ends_on} />],
            [
              'A badge can go over while it is',
              listInWords(read.rules.badges.map((state) => STATE_WORDS[state].toLowerCase())).replace(' and ', ' or '),
            ],
            [
              'Which goes to which',
              listInWords(read.rules.tiers.map(({ from, to }) => `${titleOf(read.programme, from)} to ${titleOf(read.successor, to)}`)),
            ],
            ['Who decides', `People of the operator, for each app, with a reason; ${agreeing(read, shelf)} must agree to a move`],
          ]}
        />
        <p>
          <Citations of={read.rules.cites} />
        </p>
      </div>
      {next?.incomplete === undefined ? null : (
        <p className="panel">
          <strong>{next.title} is incomplete.</strong> Nobody can go over to it until its rules are known: what is not published can be
          neither met nor missed.
        </p>
      )}
      {holders === null ? null : (
        <Section id="holders" title="Holders">
          {holders.length === 0 ? (
            <Empty title="Nobody holds a badge that goes over">
              <p>There is nothing to decide.</p>
            </Empty>
          ) : (
            <>
              <p className="quiet">
                {counted(holders.length, 'badge')}, of which {holders.filter(({ decisions }) => decisions.length === 0).length} without a
                decision.
              </p>
              <ul className="stack bare">
                {holders.map((holder) => (
                  <li key={`${holder.of.tier} ${holder.of.app}`} className="panel stack">
                    <Holder of={holder} given={given} titleOf={titleOf} />
                  </li>
                ))}
              </ul>
            </>
          )}
        </Section>
      )}
    </Layout>
  )
}

/** How many people a move takes, by the tiers that holders go over to. */
function agreeing(read: SuccessionRead, shelf: Shelf): string {
  const numbers = new Set(read.rules.tiers.map(({ to }) => tierOf(shelf, read.successor, to)?.reviewers ?? 1))
  return listInWords([...numbers].sort((a, b) => a - b).map(String))
}

const OUTCOME = { moves: 'goes over', does_not_move: 'does not go over' } as const

function Holder({
  of: holder,
  given,
  titleOf,
}: {
  readonly of: HolderRead
  readonly given: Parameters<typeof SuccessionPage>[0]
  readonly titleOf: (programme: string, tier: string) => string
}): ReactElement {
  const { of, standing, decisions } = holder
  const key = `${of.tier}-${of.app}`
  const missing = standing === null ? [] : [...standing.tier.blocking.unmet, ...standing.tier.blocking.unknown]
  const pack = shelved(given.shelf, of.successor)?.pack
  const titles = missing.map((id) => pack?.requirements.find((one) => one.id === id)?.title ?? id)
  const open = given.read.phase === 'side_by_side' && holder.successor_badge !== 'active' && holder.successor_badge !== 'at_risk'
  return (
    <>
      <h3>
        <a href={`/apps/${encodeURIComponent(of.app)}/standing`}>
          <Foreign>{holder.name}</Foreign>
        </a>
      </h3>
      <Facts
        of={[
          [titleOf(of.programme, of.tier), <State key="old" word={holder.badge} />],
          [titleOf(of.successor, of.successor_tier), <State key="new" word={holder.successor_badge} />],
          [
            'Stands with the successor',
            standing === null ? 'Not judged yet' : missing.length === 0 ? 'Everything is met' : `Missing: ${listInWords(titles)}`,
          ],
        ]}
      />
      {decisions.length === 0 ? null : (
        <ul className="plain">
          {decisions.map(({ at, outcome, reason }) => (
            <li key={at} className="foreign">
              <Moment at={at} />: decided that it {OUTCOME[outcome]}
              {reason === null ? '' : `. ${withoutTricks(reason)}`}
            </li>
          ))}
        </ul>
      )}
      {!open ? null : given.refused === null ? (
        <form
          className="form"
          method="post"
          action={`${successionAddress(of.programme)}/${encodeURIComponent(of.tier)}/${encodeURIComponent(of.app)}`}
        >
          <input type="hidden" name="standing_hash" value={standing?.hash ?? ''} />
          <Field name={key} title={`Why, for ${holder.name}`} hint="The partner reads it." errors={given.errors}>
            {(ties) => <textarea {...ties} name="words" rows={2} maxLength={4_000} defaultValue={given.values[key] ?? ''} />}
          </Field>
          <p className="acts">
            <button className="button" type="submit" name="outcome" value="moves">
              It goes over
            </button>{' '}
            <button className="button is-quiet" type="submit" name="outcome" value="does_not_move">
              It does not
            </button>
          </p>
        </form>
      ) : (
        <p className="small quiet">{given.refused}</p>
      )}
    </>
  )
}

/** What was decided about an app, for its partner and the operator. */
export function CrossingLines({
  holders,
  ends_on,
  now,
}: {
  readonly holders: readonly HolderRead[]
  readonly ends_on: string
  readonly now: Instant
}): ReactElement | null {
  if (holders.length === 0) return null
  return (
    <ul className="plain">
      {holders.map(({ of, decisions, successor_badge }) => {
        const last = decisions.at(-1)
        const held = successor_badge === 'active' || successor_badge === 'at_risk'
        return (
          <li key={of.tier} className="foreign">
            {held
              ? 'This app holds the successor’s badge.'
              : last === undefined
                ? `Nobody has decided yet whether this app goes over${now.slice(0, 10) < ends_on ? `; the day is ${dayInWords(ends_on)}` : ''}.`
                : last.outcome === 'moves'
                  ? 'A reviewer agreed that this app goes over; another has to as well.'
                  : 'It was decided that this app does not go over.'}
            {last === undefined || last.reason === null ? '' : ` ${withoutTricks(last.reason)}`}
          </li>
        )
      })}
    </ul>
  )
}
