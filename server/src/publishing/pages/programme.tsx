import type { ReactElement, ReactNode } from 'react'
import { SIDE_OF } from '../../applications/application.ts'
import { reviewRules } from '../../applications/rules.ts'
import { median } from '../../applications/turn.ts'
import type { TurnsDocument } from '../../applications/view.ts'
import { says } from '../../kernel/says.ts'
import { dayOf, type Instant } from '../../kernel/time.ts'
import { restoringReviewers } from '../../programmes/policies.ts'
import type { Catalogue, RequirementInForce } from '../../programmes/schema.ts'
import { coverageOf, inForceOn } from '../coverage.ts'
import { VERIFIED_BY, vouchedFor } from '../method.ts'
import type { PublicStanding } from '../public-app.ts'
import { requirementOf, type Ending, type Shelf, type Shelved } from '../shelf.ts'
import type { ProgrammeDocument, Succession } from '../../directory/programme.ts'
import { sentence } from '../texts.ts'
import { counted, dayInWords, durationInWords, idleInWords, listInWords } from '../words.ts'
import { programmeAddress, requirementAddress, versionAddress } from './addresses.ts'
import type { Chrome } from './chrome.ts'
import { Glyph } from './glyph.tsx'
import { Field } from './form.tsx'
import { Layout } from './layout.tsx'
import { Citations, Empty, OnDay, Section, Table } from './parts.tsx'
import { EndingNotice } from './succession.tsx'

/** The programmes of a marketplace. */
export function ProgrammesPage({ chrome, shelf }: { readonly chrome: Chrome; readonly shelf: Shelf }): ReactElement {
  return (
    <Layout {...chrome} title="Programmes" description={`The rules by which apps of ${chrome.marketplace} are judged.`}>
      <div className="head">
        <h1>Programmes</h1>
        <p className="lead quiet">The rules by which apps are judged, each with its source and its date.</p>
      </div>
      {shelf.length === 0 ? (
        <Empty title="No programme is loaded">
          <p>The operator puts a programme’s folder in place and starts the server again.</p>
        </Empty>
      ) : (
        <Table
          caption={counted(shelf.length, 'programme')}
          columns={[
            { title: 'Programme', names: true },
            { title: 'What it is for' },
            { title: 'Version' },
            { title: 'Badges' },
            { title: 'Here' },
          ]}
          rows={shelf.map((shelved) => {
            const { programme, version } = shelved.catalogue
            return {
              key: programme.id,
              cells: [
                <a href={programmeAddress(programme.id)}>{programme.title}</a>,
                programme.says,
                version,
                programme.tiers
                  .filter((tier) => tier.kind === 'badge')
                  .map((tier) => tier.title)
                  .join(', '),
                <StatusHere shelved={shelved} />,
              ],
            }
          })}
        />
      )}
    </Layout>
  )
}

function StatusHere({ shelved: { document } }: { readonly shelved: Shelved }): ReactElement {
  if (document === null) return <>Not adopted</>
  return document.closed_at === null ? (
    <>
      Open since <OnDay at={document.adopted_at} />
    </>
  ) : (
    <>
      Closed on <OnDay at={document.closed_at} />
    </>
  )
}

/** A whole programme: its signals by tier, how far a machine judges it, its requirements, its versions and where it comes from. */
export function ProgrammePage(given: {
  readonly chrome: Chrome
  readonly shelved: Shelved
  /** Public standings of all holders, for what is unknown among them. */
  readonly standings: readonly PublicStanding[]
  /** How long applications took so far; null where there was none. */
  readonly turns: TurnsDocument | null
  readonly now: Instant
  readonly shelf: Shelf
  /** Whether this reader may set the end of a programme. */
  readonly may_end: boolean
}): ReactElement {
  const { chrome, shelved } = given
  const { catalogue, document } = shelved
  const { programme } = catalogue
  const on = dayOf(given.now)
  return (
    <Layout {...chrome} title={programme.title} description={programme.says}>
      <div className="head">
        <p className="eyebrow">
          Programme, version {catalogue.version}. <StatusHere shelved={shelved} />
        </p>
        <h1>{programme.title}</h1>
        <p className="lead">{programme.says}</p>
      </div>
      {document !== null && document.closed_at !== null ? (
        <p className="panel">
          This marketplace closed the programme on <OnDay at={document.closed_at} />. Its history stays; it grants nothing any more.
        </p>
      ) : null}
      {document?.succession === null || document === null ? null : (
        <div className="panel">
          <EndingNotice of={endingOf(document, document.succession)} shelf={given.shelf} />
        </div>
      )}
      <Succeeds shelved={shelved} shelf={given.shelf} may_end={given.may_end} />
      <Incomplete catalogue={catalogue} on={on} />
      <Tiers shelved={shelved} />
      <Handling catalogue={catalogue} turns={given.turns} now={given.now} />
      <Signals catalogue={catalogue} on={on} />
      <Coverage catalogue={catalogue} standings={given.standings} on={on} />
      <Requirements catalogue={catalogue} on={on} />
      <Versions catalogue={catalogue} />
      <Origin catalogue={catalogue} />
    </Layout>
  )
}

/** Which programme this one takes the place of, with the way to set its end for whoever may. */
function Succeeds(given: { readonly shelved: Shelved; readonly shelf: Shelf; readonly may_end: boolean }): ReactElement | null {
  const { programme } = given.shelved.catalogue
  const { succeeds } = programme
  if (succeeds === undefined) return null
  const old = given.shelf.find((one) => one.pack.programme.id === succeeds.programme)
  const title = old?.pack.programme.title ?? succeeds.programme
  const open = old?.document?.status === 'open' && old.document.succession === null
  return (
    <div className="panel stack">
      <p>
        It is written to take the place of {old === undefined ? title : <a href={programmeAddress(succeeds.programme)}>{title}</a>}: both
        run from <OnDay at={succeeds.side_by_side_from} />, and the older one is over on <OnDay at={succeeds.ends} />.{' '}
        {open ? 'Here no end is set; that is an act of the operator.' : ''}
      </p>
      {open && given.may_end ? (
        <details>
          <summary>Set the end of {title}</summary>
          <form className="form" method="post" action={`${programmeAddress(succeeds.programme)}/succession/begin`}>
            <input type="hidden" name="successor" value={programme.id} />
            <Field
              name="confirm"
              title={`Write ${succeeds.programme} to confirm`}
              hint={`Its badges end on ${dayInWords(succeeds.ends)}. This cannot be taken back; every holder is told at once.`}
              errors={{}}
            >
              {(ties) => <input {...ties} name="confirm" maxLength={100} autoComplete="off" required />}
            </Field>
            <button className="button" type="submit">
              Set the end
            </button>
          </form>
        </details>
      ) : null}
    </div>
  )
}

/** A programme's end as notices tell it. */
const endingOf = (document: ProgrammeDocument, succession: Succession): Ending => ({
  programme: document.programme,
  successor: succession.programme,
  ends_on: succession.ends_on,
  over: document.closed_at !== null,
})

/** What is not known of a programme, and what follows: said before anything else. */
function Incomplete({ catalogue, on }: { readonly catalogue: Catalogue; readonly on: string }): ReactElement | null {
  const { incomplete, tiers } = catalogue.programme
  if (incomplete === undefined) return null
  const counting = inForceOn(catalogue, on).filter(({ advisory }) => advisory !== true)
  const unknown = counting.filter((requirement) => vouchedFor(requirement).includes('nobody'))
  const barred = tiers.filter(({ id, kind }) => kind === 'badge' && unknown.some((requirement) => requirement.tiers.includes(id)))
  return (
    <div className="panel stack">
      <p>
        <strong>This programme is incomplete.</strong> {incomplete.says} <Citations of={incomplete.cites} />
      </p>
      <p>
        Of {counted(counting.length, 'requirement')}, {unknown.length} cannot be judged to the end, since their source does not publish what
        counts. They are neither met nor missed.
        {barred.length === 0 ? '' : ` ${listInWords(barred.map(({ title }) => title))} cannot be granted to anybody until they are known.`}
      </p>
    </div>
  )
}

function Tiers({ shelved }: { readonly shelved: Shelved }): ReactElement {
  const { catalogue, document } = shelved
  return (
    <Section id="tiers" title="Tiers">
      <Table
        caption="From the base that every listed app is held to, upwards"
        columns={[{ title: 'Tier', names: true }, { title: 'What it says' }, { title: 'How it is granted' }, { title: 'Lasts' }]}
        rows={catalogue.programme.tiers.map((tier) => {
          const retired = document?.retired_tiers.find((one) => one.tier === tier.id)
          const base = tier.kind === 'base'
          return {
            key: tier.id,
            cells: [
              retired === undefined ? tier.title : `${tier.title} (retired on ${dayInWords(retired.at)})`,
              tier.says,
              base
                ? 'Not granted: it holds for every listed app'
                : `${tier.application === 'required' ? 'On application' : 'Proposed when everything is met'}; ${counted(tier.reviewers, 'reviewer')} must agree${tier.kind === 'badge' ? `, ${restoringReviewers(tier)} to give it back after a suspension` : ''}`,
              base ? 'While listed' : durationInWords(tier.valid_for),
            ],
          }
        })}
      />
    </Section>
  )
}

/** How applications are handled: what the operator promises for each step, and what it took so far, on either side. */
function Handling(given: {
  readonly catalogue: Catalogue
  readonly turns: TurnsDocument | null
  readonly now: Instant
}): ReactElement | null {
  const { catalogue, turns, now } = given
  const tiers = catalogue.programme.tiers.filter((tier) => reviewRules(catalogue, tier, now) !== null)
  const policy = reviewRules(catalogue, tiers[0], now)?.policy
  if (policy === undefined) return null
  const alone = tiers.filter(({ reviewers }) => reviewers === 1)
  const steps = ['triage', 'changes', 'verification', 'review'] as const
  return (
    <Section id="applications" title="How applications are handled">
      <p>
        One thread for each badge, for as long as it lives. Whose turn it is stands on it, and each side has its time.{' '}
        {turns === null
          ? 'Nobody has applied yet.'
          : `${counted(turns.granted, 'badge')} granted so far, ${counted(turns.declined, 'application')} declined.`}
      </p>
      {alone.length === 0 ? null : (
        <p>
          <strong>{alone.map(({ title }) => title).join(', ')}: one reviewer decides alone.</strong> The operator has chosen so; the program
          can ask for more.
        </p>
      )}
      <Table
        caption="What is promised for each step, and what it took: the middle of the newest turns, the longest, and how many were late"
        columns={[
          { title: 'Step', names: true },
          { title: 'Whose turn' },
          { title: 'Promised' },
          { title: 'Usually', numeric: true },
          { title: 'Longest', numeric: true },
          { title: 'Late', numeric: true },
          { title: 'Waiting now', numeric: true },
        ]}
        rows={steps.map((step) => {
          const { within, weekdays } = policy.clocks[step]
          const figures = turns?.steps[step]
          const usual = median(figures?.recent_ms ?? [])
          const none = <span className="quiet">None yet</span>
          return {
            key: step,
            cells: [
              sentence(says(`applications.step.${step}`)),
              sentence(says(`applications.side.${SIDE_OF[step]}`)),
              `${durationInWords(within)}${weekdays === undefined ? '' : `, counting ${counted(weekdays.length, 'day')} of the week`}`,
              usual === null ? none : idleInWords(usual),
              figures === undefined || figures.done === 0 ? none : idleInWords(figures.longest_ms),
              figures === undefined || figures.done === 0 ? none : `${figures.late} of ${figures.done}`,
              String(figures?.open ?? 0),
            ],
          }
        })}
      />
    </Section>
  )
}

const SIGNAL = { yes: 'Asked for', optional: 'Optional', no: 'Not asked for' } as const
const SIGNAL_SHAPE = { yes: 'met', optional: 'none', no: 'not_applicable' } as const

function Signals({ catalogue, on }: { readonly catalogue: Catalogue; readonly on: string }): ReactElement | null {
  const { programme } = catalogue
  if (programme.signals === undefined || programme.signals.length === 0) return null
  return (
    <Section id="signals" title="Trust signals">
      <Table
        caption="What each tier asks for. Every cell leads to its requirements, how they are judged, and since which day."
        columns={[{ title: 'Criterion', names: true }, ...programme.tiers.map(({ title }) => ({ title }))]}
        rows={programme.signals.map((signal) => ({
          key: signal.id,
          cells: [
            <>
              {signal.title}
              {signal.note === undefined ? null : (
                <>
                  <br />
                  <span className="small quiet">{signal.note}</span>
                </>
              )}
            </>,
            ...programme.tiers.map((tier) => (
              <Signal
                key={tier.id}
                word={signal.tiers[tier.id] ?? 'no'}
                catalogue={catalogue}
                on={on}
                requirements={behindCell(catalogue, signal, tier.id)}
              />
            )),
          ],
        }))}
      />
    </Section>
  )
}

/** Requirements of a criterion that a tier asks for; what the base asks is part of every tier. */
function behindCell(catalogue: Catalogue, signal: SignalOf, tier: string): readonly RequirementInForce[] {
  if ((signal.tiers[tier] ?? 'no') === 'no') return []
  const asking = new Set([tier, ...catalogue.programme.tiers.filter(({ kind }) => kind === 'base').map(({ id }) => id)])
  return signal.requirements.flatMap((id) => {
    const found = requirementOf(catalogue, id)
    return found === null || !found.tiers.some((one) => asking.has(one)) ? [] : [found]
  })
}

type SignalOf = NonNullable<Catalogue['programme']['signals']>[number]

function Signal(given: {
  readonly word: keyof typeof SIGNAL
  readonly catalogue: Catalogue
  readonly on: string
  readonly requirements: readonly RequirementInForce[]
}): ReactElement {
  const { word, catalogue, requirements } = given
  const mark = (
    <span className={`verdict is-${SIGNAL_SHAPE[word].replace('_', '-')}`}>
      <Glyph shape={SIGNAL_SHAPE[word]} />
      {SIGNAL[word]}
    </span>
  )
  if (requirements.length === 0) return mark
  return (
    <>
      {mark}
      <details>
        <summary>{counted(requirements.length, 'requirement')}</summary>
        <ul className="plain small">
          {requirements.map((requirement) => (
            <li key={requirement.id}>
              <RequirementLink catalogue={catalogue} requirement={requirement} />: {VERIFIED_BY[requirement.verified_by].toLowerCase()},{' '}
              {standingOn(requirement, given.on)}
            </li>
          ))}
        </ul>
      </details>
    </>
  )
}

const RequirementLink = ({
  catalogue,
  requirement,
}: {
  readonly catalogue: Catalogue
  readonly requirement: RequirementInForce
}): ReactElement => <a href={requirementAddress(catalogue.programme.id, requirement.id)}>{requirement.title}</a>

/** Whether a requirement counts on a day, and since or until when. */
export function standingOn({ since, retired }: Pick<RequirementInForce, 'since' | 'retired'>, on: string): string {
  if (retired !== undefined && retired <= on) return `retired on ${dayInWords(retired)}`
  if (since > on) return `in force from ${dayInWords(since)}`
  return retired === undefined ? `since ${dayInWords(since)}` : `since ${dayInWords(since)}, until ${dayInWords(retired)}`
}

function Coverage(given: {
  readonly catalogue: Catalogue
  readonly standings: readonly PublicStanding[]
  readonly on: string
}): ReactElement {
  const { catalogue } = given
  const pillars = coverageOf(catalogue, given.standings, given.on)
  const sum = (of: (one: (typeof pillars)[number]) => number): number => pillars.reduce((total, one) => total + of(one), 0)
  const line = (name: ReactNode, key: string, one: Omit<(typeof pillars)[number], 'pillar'>) => ({
    key,
    cells: [
      name,
      String(one.requirements),
      String(one.machine),
      String(one.record),
      String(one.attested),
      one.rows === 0 ? <span className="quiet">No holder yet</span> : `${one.unknown} of ${one.rows}`,
    ],
  })
  return (
    <Section id="coverage" title="How far it is judged, and by what">
      <Table
        caption="Requirements in force by who looks. “Unknown now” counts the verdicts that holders’ trust pages show as unknown."
        columns={[
          { title: 'Pillar', names: true },
          { title: 'Requirements', numeric: true },
          { title: 'Judged by a machine', numeric: true },
          { title: 'From records', numeric: true },
          { title: 'Attested', numeric: true },
          { title: 'Unknown now', numeric: true },
        ]}
        rows={[
          ...pillars.map((one) =>
            line(catalogue.programme.pillars.find(({ id }) => id === one.pillar)?.title ?? one.pillar, one.pillar, one),
          ),
          line('All', '', {
            requirements: sum((one) => one.requirements),
            machine: sum((one) => one.machine),
            record: sum((one) => one.record),
            attested: sum((one) => one.attested),
            rows: sum((one) => one.rows),
            unknown: sum((one) => one.unknown),
          }),
        ]}
      />
    </Section>
  )
}

function Requirements({ catalogue, on }: { readonly catalogue: Catalogue; readonly on: string }): ReactElement {
  const counting = new Set(inForceOn(catalogue, on))
  return (
    <Section id="requirements" title="Requirements">
      {catalogue.programme.pillars.map((pillar) => {
        const own = catalogue.requirements.filter((requirement) => requirement.pillar === pillar.id)
        if (own.length === 0) return null
        return (
          <div className="group" key={pillar.id} id={`pillar-${pillar.id}`}>
            <h3>{pillar.title}</h3>
            <p className="quiet">{pillar.says}</p>
            <ul className="plain">
              {own.map((requirement) => (
                <li key={requirement.id}>
                  <RequirementLink catalogue={catalogue} requirement={requirement} />
                  {counting.has(requirement) ? null : <span className="small quiet">, {standingOn(requirement, on)}</span>}
                </li>
              ))}
            </ul>
          </div>
        )
      })}
    </Section>
  )
}

function Versions({ catalogue }: { readonly catalogue: Catalogue }): ReactElement {
  return (
    <Section id="versions" title="Versions">
      <Table
        caption="Newest first, each with what it changed and asks. Every verdict names the version that it was judged by."
        columns={[
          { title: 'Version', names: true },
          { title: 'What changed' },
          { title: 'Published' },
          { title: 'In force from' },
          { title: 'Until' },
        ]}
        rows={catalogue.programme.versions.toReversed().map(({ version, says, published, effective, superseded }) => ({
          key: version,
          cells: [
            <>
              <a href={versionAddress(catalogue.programme.id, version)}>{version}</a>
              {version === catalogue.version ? ' (judges now)' : ''}
            </>,
            says,
            <OnDay at={published} />,
            <OnDay at={effective} />,
            superseded === undefined ? <span className="quiet">Open</span> : <OnDay at={superseded} />,
          ],
        }))}
      />
      <p>
        <a href={`${programmeAddress(catalogue.programme.id)}/versions`}>What each version changed</a>
      </p>
      <p className="small quiet">
        Hash of the rules in force: <code className="foreign">{catalogue.digest}</code>
      </p>
    </Section>
  )
}

function Origin({ catalogue }: { readonly catalogue: Catalogue }): ReactElement {
  const { modelled_on, history } = catalogue.programme
  return (
    <Section id="origin" title="Where these rules come from">
      <p>
        <strong>{modelled_on.disclaimer}</strong>
      </p>
      <p>Modelled on: {modelled_on.whose}. From these public documents:</p>
      <ul className="plain">
        {modelled_on.documents.map((document) => (
          <li key={document} className="foreign">
            {document}
          </li>
        ))}
      </ul>
      {history === undefined || history.length === 0 ? null : (
        <>
          <h3>What happened to the model in the real world</h3>
          <p className="quiet">Told, not acted on: in this marketplace only its own operator closes or retires anything.</p>
          <ol className="timeline">
            {history.map(({ on, what, cites }) => (
              <li key={`${on} ${what}`}>
                <span className="quiet">{/^\d{4}-\d\d-\d\d$/.test(on) ? dayInWords(on) : on}</span>
                <span>
                  {what} <Citations of={cites} />
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
    </Section>
  )
}
