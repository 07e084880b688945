import type { ReactElement, ReactNode } from 'react'
import type { BadgeDocument } from '../../badges/badges-view.ts'
import type { ListingDocument } from '../../badges/listings-view.ts'
import type { AppDocument } from '../../directory/apps-view.ts'
import type { Digest } from '../../kernel/event.ts'
import type { Instant } from '../../kernel/time.ts'
import type { Catalogue, RequirementInForce } from '../../programmes/schema.ts'
import type { ReadableFinding } from '../../scanning/report/report.ts'
import type { Coming } from '../../standing/coming.ts'
import type { StandingDocument } from '../../standing/standings-view.ts'
import type { HolderRead, SuccessionRead } from '../../successions/moving.ts'
import type { Verdict, VerdictWord as Word } from '../../standing/verdict.ts'
import type { WaiverProposal } from '../../standing/waiving.ts'
import { listingMatter, type Matter } from '../matters.ts'
import { pillarTitle, requirementOf, type Shelf, type Shelved } from '../shelf.ts'
import { sentence } from '../texts.ts'
import { asSentence, counted, durationInWords } from '../words.ts'
import { WatchSection, type WatchRead } from './alerts.tsx'
import type { Chrome } from './chrome.ts'
import { ComingSection } from './coming.tsx'
import { runsOn } from './directory.tsx'
import { Layout } from './layout.tsx'
import { aboutInWords, nextInWords, ThenAt, TurnWord } from './matter.tsx'
import { Due, Empty, Facts, Foreign, Moment, OnDay, Section, State, Table, VerdictWord, withoutTricks } from './parts.tsx'
import { requirementAddress } from './addresses.ts'
import { CrossingLines, EndingNotice } from './succession.tsx'

/** What the working page of an app shows. */
export type StandingRead = {
  readonly app: AppDocument
  readonly partner_name: string
  readonly listing: ListingDocument | null
  readonly programmes: readonly ProgrammeRead[]
  readonly watch: WatchRead
  /** What coming versions mean for the app. */
  readonly coming: readonly Coming[]
  /** Programmes that end, and what was decided about this app. */
  readonly successions: readonly { readonly read: SuccessionRead; readonly holders: readonly HolderRead[] }[]
  readonly scan: { readonly observed_at: Instant; readonly findings: readonly ReadableFinding[] } | null
}

export type ProgrammeRead = {
  readonly shelved: Shelved
  readonly standing: StandingDocument | null
  readonly badges: readonly { readonly document: BadgeDocument | null; readonly matter: Matter }[]
  /** Why this reader may not waive; null when they may. */
  readonly waiving_refused: string | null
}

/** Something that this reader could give a badge, or the reason why not. It names the standing that they see. */
export type Offer = {
  readonly programme: string
  readonly tier: string
  readonly words: string
  readonly path: string
  readonly standing_hash: string
  readonly refused: string | null
}

/** An app's standing for those who work on it: whose turn, what next, by when; then every requirement with its road to the evidence. */
export function StandingPage(given: {
  readonly chrome: Chrome
  readonly shelf: Shelf
  readonly now: Instant
  readonly read: StandingRead
  readonly offers: readonly Offer[]
  readonly proposals: readonly WaiverProposal[]
  /** The person who reads: what somebody proposed, another confirms. */
  readonly reader: string | null
  readonly told: string | null
}): ReactElement {
  const { chrome, read, now, shelf, proposals, reader } = given
  const { app } = read
  const here = `/apps/${encodeURIComponent(app.app)}`
  return (
    <Layout {...chrome} title={`Standing of ${app.name}`}>
      <div className="head">
        <p className="eyebrow">{runsOn(app)}</p>
        <h1>
          <Foreign>{app.name}</Foreign>
        </h1>
        <p className="quiet">
          Standing, for <Foreign>{read.partner_name}</Foreign> and the operator. <a href={here}>What the world sees</a>,{' '}
          <a href={`${here}/details`}>details and control of the domain</a>, <a href={`${here}/applications`}>applications</a>,{' '}
          <a href={`${here}/forms`}>forms</a>, <a href={`${here}/documents`}>policies and agreements</a>,{' '}
          <a href={`${here}/reviews`}>reviews and changes</a>, <a href={`${here}/due-process`}>concerns and appeals</a>
        </p>
      </div>
      {given.told === null ? null : (
        <p className="told" role="status">
          {given.told}
        </p>
      )}
      <Matters read={read} offers={given.offers} shelf={shelf} now={now} />
      <Proposals proposals={proposals} read={read} here={here} reader={reader} />
      {read.programmes.length === 0 ? (
        <Empty title="No programme is adopted">
          <p>Nothing judges this app yet. The operator adopts a programme by starting the server with its folder.</p>
        </Empty>
      ) : null}
      <Successions of={read.successions} shelf={shelf} now={now} />
      <ComingSection coming={read.coming} shelf={shelf} now={now} />
      {read.programmes.map((programme) => (
        <Verdicts key={programme.shelved.pack.programme.id} of={programme} here={here} now={now} />
      ))}
      <WatchSection read={read.watch} />
      <Findings scan={read.scan} here={here} />
      <Section id="journeys" title="Synthetic tests, and whose doing an outage was">
        <p>
          <a href={`${here}/ledger`}>The ledger: planned downtime, outages of others, and what is taken out of the figures</a>
        </p>
        <p>
          <a href={`${here}/journeys`}>Journeys through the app, how they fare, and what a change of the host does to them</a>
        </p>
      </Section>
    </Layout>
  )
}

/** Programmes that end while this app holds their badge. */
function Successions(given: {
  readonly of: StandingRead['successions']
  readonly shelf: Shelf
  readonly now: Instant
}): ReactElement | null {
  if (given.of.length === 0) return null
  return (
    <Section id="successions" title="A programme ends">
      {given.of.map(({ read, holders }) => (
        <div className="panel stack" key={read.programme}>
          <EndingNotice of={{ ...read, over: read.phase === 'over' }} shelf={given.shelf} />
          <CrossingLines holders={holders} ends_on={read.ends_on} now={given.now} />
        </div>
      ))}
    </Section>
  )
}

function Matters(given: {
  readonly read: StandingRead
  readonly offers: readonly Offer[]
  readonly shelf: Shelf
  readonly now: Instant
}): ReactElement {
  const { read, shelf, now } = given
  const listing = read.listing === null ? null : listingMatter(read.listing)
  const badges = read.programmes.flatMap((programme) => programme.badges.map((badge) => ({ programme, ...badge })))
  return (
    <Section id="next" title="Whose turn, what next, by when">
      <ul className="matters">
        {listing === null ? null : <MatterLine matter={listing} shelf={shelf} now={now} />}
        {badges.map(({ programme, document, matter }) => (
          <MatterLine
            key={`${matter.programme}.${matter.tier ?? ''}`}
            matter={matter}
            shelf={shelf}
            now={now}
            state={document?.state ?? 'none'}
          >
            <Arithmetic badge={document} catalogue={programme.shelved.catalogue} />
            <Offers
              app={matter.app}
              offers={given.offers.filter((one) => one.programme === matter.programme && one.tier === matter.tier)}
            />
          </MatterLine>
        ))}
      </ul>
    </Section>
  )
}

function MatterLine(given: {
  readonly matter: Matter
  readonly shelf: Shelf
  readonly now: Instant
  readonly state?: BadgeDocument['state']
  readonly children?: ReactNode
}): ReactElement {
  const { matter, now } = given
  return (
    <li>
      <div className="stack">
        <h3>{aboutInWords(matter, given.shelf)}</h3>
        <p>
          {given.state === undefined ? null : <State word={given.state} />} {nextInWords(matter, given.state !== undefined)}
        </p>
        {given.children}
      </div>
      <div className="stack">
        <p>
          <TurnWord turn={matter.turn} />
        </p>
        <p>
          <ThenAt matter={matter} now={now} />
        </p>
      </div>
    </li>
  )
}

/** How the days of a cure came about, one click away. */
function Arithmetic({ badge, catalogue }: { readonly badge: BadgeDocument | null; readonly catalogue: Catalogue }): ReactElement | null {
  if (badge === null || badge.breaches.length === 0) return null
  return (
    <details>
      <summary>How the days are counted</summary>
      <ul className="plain small">
        {badge.breaches.map(({ requirement, due_at, left_ms }) => {
          const rule = requirementOf(catalogue, requirement)
          const grace = rule === null ? 'its time to cure' : durationInWords(rule.grace)
          return (
            <li key={requirement}>
              {rule?.title ?? requirement}:{' '}
              {due_at === null ? (
                <>
                  stands still with {counted(Math.max(0, Math.floor((left_ms ?? 0) / 86_400_000)), 'day')} left, since nothing can be seen
                  at the moment and that is the operator’s doing.
                </>
              ) : (
                <>
                  {grace} from when it was found unmet, less nothing but the time in which the operator could not look:{' '}
                  <Moment at={due_at} />.
                </>
              )}
            </li>
          )
        })}
      </ul>
    </details>
  )
}

function Offers({ app, offers }: { readonly app: string; readonly offers: readonly Offer[] }): ReactElement | null {
  if (offers.length === 0) return null
  return (
    <div className="acts">
      {offers.map(({ programme, tier, words, path, standing_hash, refused }) => {
        const reason = `${programme}-${tier}-${path}`
        if (refused !== null) {
          return (
            <div key={path} className="offer">
              <button type="button" aria-disabled="true" aria-describedby={reason}>
                {words}
              </button>
              <p id={reason} className="hint">
                {asSentence(refused)}
              </p>
            </div>
          )
        }
        const address = `/apps/${encodeURIComponent(app)}/badges/${encodeURIComponent(programme)}/${encodeURIComponent(tier)}/${path}`
        return (
          <form key={path} method="post" action={address}>
            <input type="hidden" name="standing_hash" value={standing_hash} />
            <button type="submit">{words}</button>
          </form>
        )
      })}
    </div>
  )
}

/** Waivers that wait for a second person. */
function Proposals(given: {
  readonly proposals: readonly WaiverProposal[]
  readonly read: StandingRead
  readonly here: string
  readonly reader: string | null
}): ReactElement | null {
  const { proposals, read, here, reader } = given
  if (proposals.length === 0) return null
  const titleOf = (id: string): string =>
    read.programmes.map(({ shelved }) => requirementOf(shelved.catalogue, id)?.title).find((title) => title !== undefined) ?? id
  return (
    <Section id="proposals" title="Waivers that wait for a second person">
      <ul className="matters">
        {proposals.map(({ proposal, requirement, until, reason_code, expires_at, by }) => (
          <li key={proposal}>
            <div className="stack">
              <h3>{titleOf(requirement)}</h3>
              <p>
                Until <OnDay at={until} />; reason: {WAIVER_REASONS.find(([code]) => code === reason_code)?.[1] ?? reason_code}. The
                proposal lapses on <OnDay at={expires_at} />.
              </p>
            </div>
            {by === reader ? (
              <p className="quiet">You have proposed this yourself, so another reviewer has to confirm it.</p>
            ) : (
              <form method="post" action={`${here}/waivers/${encodeURIComponent(proposal)}/confirm`}>
                <button type="submit" aria-label={`Confirm the waiver of “${titleOf(requirement)}”`}>
                  Confirm
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** Groups of verdicts, what needs somebody first. */
const GROUPS = [
  { words: ['unmet'], title: 'Not met' },
  { words: ['unknown'], title: 'Unknown' },
  { words: ['waived'], title: 'Waived' },
  { words: ['met'], title: 'Met' },
  { words: ['not_applicable', 'upcoming', 'retired'], title: 'Not counted now' },
] as const satisfies readonly { readonly words: readonly Word[]; readonly title: string }[]

function Verdicts({ of, here, now }: { readonly of: ProgrammeRead; readonly here: string; readonly now: Instant }): ReactElement {
  const { catalogue } = of.shelved
  const { standing } = of
  const { programme } = catalogue
  return (
    <Section id={`standing-${programme.id}`} title={`${programme.title} ${standing?.programme.version ?? catalogue.version}`}>
      {standing === null ? (
        <Empty title="Not judged yet">
          <p>The first verdicts follow within minutes of the registration.</p>
        </Empty>
      ) : (
        <>
          <p className="quiet">
            Judged last on <Moment at={standing.as_of} />. Hash of this standing: <code className="foreign">{standing.hash}</code>
          </p>
          {GROUPS.map(({ words, title }) => {
            const verdicts = standing.verdicts.filter((verdict) => (words as readonly Word[]).includes(verdict.verdict))
            if (verdicts.length === 0) return null
            return (
              <div className="group is-wide" key={title}>
                <h3>
                  {title} ({verdicts.length})
                </h3>
                <Table
                  caption={`${title}: requirements of ${programme.title}`}
                  quiet_caption
                  columns={[
                    { title: 'Requirement', names: true },
                    { title: 'Verdict' },
                    { title: 'What was found, and what would change it' },
                    { title: 'Next deadline' },
                    { title: 'Evidence' },
                  ]}
                  rows={verdicts.map((verdict) => ({
                    key: verdict.requirement,
                    cells: verdictCells({ verdict, requirement: requirementOf(catalogue, verdict.requirement), catalogue, here, now }),
                  }))}
                />
              </div>
            )
          })}
          <Waive of={of} here={here} />
        </>
      )}
    </Section>
  )
}

function verdictCells(given: {
  readonly verdict: Verdict
  readonly requirement: RequirementInForce | null
  readonly catalogue: Catalogue
  readonly here: string
  readonly now: Instant
}): readonly ReactNode[] {
  const { verdict, requirement, catalogue, here, now } = given
  return [
    <>
      <a href={requirementAddress(catalogue.programme.id, verdict.requirement)}>{requirement?.title ?? verdict.requirement}</a>
      <br />
      <span className="small quiet">
        {requirement === null ? verdict.requirement : pillarTitle(catalogue, requirement.pillar)}
        {requirement?.advisory === true ? ', a recommendation' : ''}
      </span>
    </>,
    <>
      <VerdictWord word={verdict.verdict} />
      <br />
      <span className="small quiet">
        since <OnDay at={verdict.since} />
      </span>
    </>,
    <div className="stack">
      <p className="foreign">{withoutTricks(sentence(verdict.says))}</p>
      {verdict.blind === null ? null : (
        <p className="small quiet">
          {verdict.blind === 'ours'
            ? 'Could not be seen, and that is the operator’s doing.'
            : 'Could not be seen, and the partner can change that.'}
        </p>
      )}
      {verdict.verdict === 'met' && verdict.due_at === null ? null : <p className="small foreign">{sentence(verdict.change)}</p>}
    </div>,
    verdict.due_at === null ? <span className="quiet">None</span> : <Due at={verdict.due_at} now={now} />,
    <Evidence ids={verdict.evidence} here={here} of={requirement?.title ?? verdict.requirement} observed_at={verdict.observed_at} />,
  ]
}

/** More links than this help nobody; the newest are named last. */
const EVIDENCE_SHOWN = 3

function Evidence(given: {
  readonly ids: readonly Digest[]
  readonly here: string
  readonly of: string
  readonly observed_at: Instant | null
}): ReactElement {
  const { ids, observed_at } = given
  if (ids.length === 0) return <span className="quiet">{observed_at === null ? 'None yet' : 'Counts in the log'}</span>
  return (
    <>
      {ids.slice(-EVIDENCE_SHOWN).map((id, place) => (
        <span key={id}>
          {place === 0 ? '' : ', '}
          <a
            href={`${given.here}/evidence/${encodeURIComponent(id)}`}
            aria-label={`${id.slice('sha256:'.length, 'sha256:'.length + 8)}, evidence for “${given.of}”`}
          >
            <code>{id.slice('sha256:'.length, 'sha256:'.length + 8)}</code>
          </a>
        </span>
      ))}
      {observed_at === null ? null : (
        <>
          <br />
          <span className="small quiet">
            seen <OnDay at={observed_at} />
          </span>
        </>
      )}
    </>
  )
}

/** Reasons that the log may hold: codes, never a person's words. */
const WAIVER_REASONS = [
  ['host-fault', 'The fault lies with the host'],
  ['replacement-under-way', 'A replacement is under way'],
  ['false-finding', 'The finding is wrong and is being mended'],
  ['agreed-exception', 'An exception was agreed'],
] as const

function Waive({ of, here }: { readonly of: ProgrammeRead; readonly here: string }): ReactElement | null {
  const { catalogue } = of.shelved
  const open = of.standing?.verdicts.filter(({ verdict }) => verdict === 'unmet' || verdict === 'unknown') ?? []
  if (open.length === 0 || of.standing === null) return null
  const id = (name: string): string => `waive-${catalogue.programme.id}-${name}`
  if (of.waiving_refused !== null) return <p className="hint">Waiving: {asSentence(of.waiving_refused)}</p>
  return (
    <details>
      <summary>Waive a requirement for a time</summary>
      <form className="form panel" method="post" action={`${here}/waivers`}>
        <p className="hint">
          A waiver ends by itself, is shown to the world as “waived”, and stands in the log with your name’s id. Two people have to want it.
        </p>
        <input type="hidden" name="programme" value={catalogue.programme.id} />
        <div className="field">
          <label htmlFor={id('requirement')}>Requirement</label>
          <select id={id('requirement')} name="requirement" required>
            {open.map(({ requirement }) => (
              <option key={requirement} value={requirement}>
                {requirementOf(catalogue, requirement)?.title ?? requirement}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor={id('until')}>Until</label>
          <input id={id('until')} name="until" type="date" required />
        </div>
        <div className="field">
          <label htmlFor={id('reason')}>Reason</label>
          <select id={id('reason')} name="reason_code" required>
            {WAIVER_REASONS.map(([code, words]) => (
              <option key={code} value={code}>
                {words}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor={id('words')}>In your own words</label>
          <p className="hint" id={id('words-hint')}>
            Kept outside the log; the partner reads it.
          </p>
          <textarea id={id('words')} name="reason" maxLength={2_000} aria-describedby={id('words-hint')} />
        </div>
        <button type="submit">Propose the waiver</button>
      </form>
    </details>
  )
}

function Findings({ scan, here }: { readonly scan: StandingRead['scan']; readonly here: string }): ReactElement {
  if (scan === null) {
    return (
      <Section id="findings" title="Findings of the scanner">
        <Empty title="Not scanned yet">
          <p>A scan starts after the registration and then once a day. What needs consent waits until control of the domain is proven.</p>
        </Empty>
      </Section>
    )
  }
  const open = scan.findings.filter(({ outcome }) => outcome !== 'pass' && outcome !== 'not_applicable')
  return (
    <Section id="findings" title="Findings of the scanner">
      <p className="quiet">
        Last scan <Moment at={scan.observed_at} />. <a href={`${here}/scan`}>All scans, and what to do about a finding</a>. The partner and
        the operator see the same; nobody else sees it.
      </p>
      {open.length === 0 ? (
        <Empty title="Nothing open">
          <p>{counted(scan.findings.length, 'answer')}, and none asks for anything.</p>
        </Empty>
      ) : (
        <ul className="matters">
          {open.map((finding) => (
            <li key={finding.id}>
              <Finding finding={finding} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

const OUTCOME = {
  fail: ['unmet', 'Found'],
  review: ['unknown', 'Needs a person’s look'],
  inconclusive: ['unknown', 'Could not be told'],
} as const

function Finding({ finding }: { readonly finding: ReadableFinding }): ReactElement {
  const [shape, words] = OUTCOME[finding.outcome as keyof typeof OUTCOME] ?? OUTCOME.inconclusive
  return (
    <div className="stack">
      <h3>{finding.title}</h3>
      <p>
        <span className={`verdict is-${shape}`}>{words}</span>
        {finding.cvss === null ? '' : ` CVSS ${finding.cvss.score.toFixed(1)} (${finding.cvss.vector})`}
      </p>
      <p className="foreign">{withoutTricks(finding.says)}</p>
      <Facts
        of={[
          ['Where', <code className="foreign">{finding.where === '' ? 'The app as a whole' : withoutTricks(finding.where)}</code>],
          ['Check', <code>{finding.check}</code>],
          ...(finding.fix === null ? [] : [['What to do', <span className="foreign">{finding.fix}</span>] as const]),
        ]}
      />
    </div>
  )
}
