import type { ReactElement } from 'react'
import type { Instant } from '../../kernel/time.ts'
import type { Coming, ComingRequirement } from '../../standing/coming.ts'
import type { AppImpact, TierImpact } from '../../standing/impact.ts'
import type { VerdictWord as Word } from '../../standing/verdict.ts'
import { catalogueOf, requirementOf, shelved, tierOf, type Shelf } from '../shelf.ts'
import { sentence } from '../texts.ts'
import { counted, listInWords } from '../words.ts'
import { requirementUnder, versionAddress } from './addresses.ts'
import { Due, OnDay, Section, Table, VerdictWord, withoutTricks } from './parts.tsx'
import { PHASE_WORDS } from './version.tsx'

/** What coming rules mean for one app: shown to its partner and the operator, counted nowhere until their day. */
export function ComingSection(given: {
  readonly coming: readonly Coming[]
  readonly shelf: Shelf
  readonly now: Instant
}): ReactElement | null {
  const { coming, shelf, now } = given
  if (coming.length === 0) return null
  return (
    <Section id="coming" title="What is coming">
      {coming.map((one) => (
        <ComingVersion key={`${one.programme} ${one.row.version}`} of={one} shelf={shelf} now={now} />
      ))}
    </Section>
  )
}

function ComingVersion({ of, shelf, now }: { readonly of: Coming; readonly shelf: Shelf; readonly now: Instant }): ReactElement {
  const { programme, row, phase, requirements, impact } = of
  const title = shelved(shelf, programme)?.catalogue.programme.title ?? programme
  const worse = impact.verdicts.filter(({ to }) => to === 'unmet' || to === 'unknown')
  return (
    <div className="group is-wide">
      <h3>
        <a href={versionAddress(programme, row.version)}>
          {title} {row.version}
        </a>
        : {PHASE_WORDS[phase].toLowerCase()}
      </h3>
      <p>
        {phase === 'announced' ? (
          <>
            Judges from <OnDay at={row.effective} />: <Due at={of.begins_at} now={now} />. Until then it counts nowhere.
          </>
        ) : (
          <>
            Judged here in shadow, for you and the operator to see. It counts nowhere, is shown to nobody else, and may still change; it is
            meant to be announced on <OnDay at={row.published} />.
          </>
        )}{' '}
        <strong>
          {worse.length === 0
            ? 'As things stand, nothing gets worse for this app.'
            : `As things stand, ${counted(worse.length, 'requirement')} would be missing on that day.`}
        </strong>
      </p>
      <TiersThen tiers={impact.tiers} programme={programme} shelf={shelf} />
      {row.adoption_guide === undefined ? null : <p>{row.adoption_guide}</p>}
      {requirements.length === 0 ? (
        <p className="quiet">No requirement changes.</p>
      ) : (
        <Table
          caption={`What ${row.version} changes, and how this app stands with it`}
          columns={[{ title: 'Requirement', names: true }, { title: 'As it would be judged' }, { title: 'What was found, and what to do' }]}
          rows={requirements.map((one) => ({ key: one.requirement, cells: cellsOf(one, of) }))}
        />
      )}
    </div>
  )
}

const HOW = {
  added: 'new',
  announced: 'from a later day on',
  retired: 'not asked any more',
  removed: 'not asked any more',
  revised: 'changed',
} as const satisfies Record<ComingRequirement['how'], string>

function cellsOf(
  { requirement, title, how, verdict, adoption_guide }: ComingRequirement,
  { programme, row }: Coming,
): readonly ReactElement[] {
  return [
    <>
      {how === 'removed' ? title : <a href={requirementUnder(programme, row.version, requirement)}>{title}</a>}
      <br />
      <span className="small quiet">{HOW[how]}</span>
    </>,
    verdict === null ? <VerdictWord word="retired" /> : <VerdictWord word={verdict.verdict} />,
    <div className="stack">
      {verdict === null ? <p>Nothing needs to be done.</p> : <p className="foreign">{withoutTricks(sentence(verdict.says))}</p>}
      {verdict === null || verdict.change.code === 'standing.nothing_to_do' ? null : (
        <p className="foreign">{withoutTricks(sentence(verdict.change))}</p>
      )}
      {adoption_guide === null || verdict?.verdict === 'met' ? null : <p className="small quiet">{adoption_guide}</p>}
    </div>,
  ]
}

/** Badges and bases that would be met, or would not be any more. */
function TiersThen(given: {
  readonly tiers: readonly TierImpact[]
  readonly programme: string
  readonly shelf: Shelf
}): ReactElement | null {
  if (given.tiers.length === 0) return null
  return (
    <ul className="plain">
      {given.tiers.map((tier) => (
        <li key={`${tier.at} ${tier.tier}`}>{tierInWords(tier, given.programme, given.shelf)}</li>
      ))}
    </ul>
  )
}

function tierInWords({ at, tier, met, blocking }: TierImpact, programme: string, shelf: Shelf): ReactElement {
  const title = tierOf(shelf, programme, tier)?.title ?? tier
  return (
    <>
      From <OnDay at={at} />: {title} {met ? 'would be met.' : `would no longer be met: ${blockingInWords(blocking, programme, shelf)}.`}
    </>
  )
}

/** The titles of what stands in the way, as far as any version of this program knows them. */
function blockingInWords(blocking: readonly string[], programme: string, shelf: Shelf): string {
  const pack = shelved(shelf, programme)?.pack
  return listInWords(blocking.map((id) => pack?.requirements.find((one) => one.id === id)?.title ?? id))
}

const WORDS = {
  met: 'met',
  unmet: 'not met',
  unknown: 'unknown',
  not_applicable: 'does not apply',
  upcoming: 'not in force yet',
  retired: 'retired',
  waived: 'waived',
} as const satisfies Record<Word, string>

const wordOf = (word: Word | null): string => (word === null ? 'not asked' : WORDS[word])

/** What a version would change for one app, line by line: for the operator's page over all apps. */
export function ImpactLines({
  of,
  programme,
  digest,
  shelf,
}: {
  readonly of: AppImpact
  readonly programme: string
  readonly digest: string
  readonly shelf: Shelf
}): ReactElement {
  const catalogue = catalogueOf(shelf, { programme, digest })
  return (
    <ul className="plain small">
      {of.tiers.map((tier) => (
        <li key={`${tier.at} ${tier.tier}`}>
          <strong>{tierInWords(tier, programme, shelf)}</strong>
        </li>
      ))}
      {of.verdicts.map(({ at, requirement, from, to, says }) => (
        <li key={`${at} ${requirement}`}>
          <OnDay at={at} />: {requirementOf(catalogue, requirement)?.title ?? requirement}, {wordOf(from)} → <strong>{wordOf(to)}</strong>
          {says === null || to === 'met' ? '' : `. ${withoutTricks(sentence(says))}`}
        </li>
      ))}
    </ul>
  )
}
