import type { ReactElement, ReactNode } from 'react'
import { dayOf, type Instant } from '../../kernel/time.ts'
import type { ChangeByVersion } from '../../programmes/diff.ts'
import type { AppliesTo, Catalogue, MetWhen, RequirementInForce } from '../../programmes/schema.ts'
import { behindOf, consequencesOf } from '../behind.ts'
import type { VersionRead } from '../documentation.ts'
import { methodInWords, VERIFIED_BY, vouchedInWords } from '../method.ts'
import { HOSTING, PLATFORM } from '../plain.ts'
import type { PublicStanding } from '../public-app.ts'
import { pillarTitle, type Shelved } from '../shelf.ts'
import { counted, durationInWords, listInWords } from '../words.ts'
import { programmeAddress, requirementAddress, requirementUnder, versionAddress } from './addresses.ts'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Citations, Facts, OnDay, Section } from './parts.tsx'
import { standingOn } from './programme.tsx'
import { ChangeSaid, PHASE_WORDS } from './version.tsx'
import type { z } from 'zod'

/** One requirement: what it asks, why, how it is judged, how to meet it, what follows, where it comes from and how it changed. */
export function RequirementPage(given: {
  readonly chrome: Chrome
  readonly shelved: Shelved
  /** The version under which it is read; null for the rules in force. */
  readonly under: VersionRead | null
  readonly requirement: RequirementInForce
  readonly changelog: readonly ChangeByVersion[]
  readonly standings: readonly PublicStanding[]
  readonly now: Instant
  /** What people wrote to it while it was a draft. */
  readonly children?: ReactNode
}): ReactElement {
  const { chrome, requirement, under } = given
  const catalogue = under?.catalogue ?? given.shelved.catalogue
  const { programme } = catalogue
  const on = dayOf(given.now)
  const rows = given.standings.flatMap((standing) => standing.rows.filter((row) => row.requirement === requirement.id))
  const tiers = programme.tiers.filter((tier) => requirement.tiers.includes(tier.id)).map((tier) => tier.title)
  return (
    <Layout
      {...chrome}
      title={under === null ? requirement.title : `${requirement.title} (${catalogue.version})`}
      description={`${requirement.title}. ${requirement.why}`}
    >
      <div className="head">
        <p className="eyebrow">
          <a href={under === null ? programmeAddress(programme.id) : versionAddress(programme.id, catalogue.version)}>
            {programme.title} {catalogue.version}
          </a>
          , {pillarTitle(catalogue, requirement.pillar)}
        </p>
        <h1>{requirement.title}</h1>
        <p className="lead">{requirement.why}</p>
      </div>
      {under === null ? null : <ReadUnder under={under} shelved={given.shelved} id={requirement.id} />}
      <div className="panel">
        <Facts
          of={[
            ['Asked of', listInWords(tiers)],
            ['Which apps', appliesInWords(requirement.applies_to)],
            ['In force', `${standingOn(requirement, on)}${requirement.advisory === true ? '; a recommendation, never counted' : ''}`],
            ['Looked at by', VERIFIED_BY[requirement.verified_by]],
            ['Vouched for', vouchedInWords(requirement)],
            ['Time to put it right', durationInWords(requirement.grace)],
            [
              'Shown to the world while unmet',
              requirement.public_when_unmet === 'full' ? 'Yes, with its date' : 'No: only that its pillar is in cure, and until when',
            ],
            [
              'Among holders',
              rows.length === 0
                ? 'No holder shows it yet'
                : `${counted(rows.length, 'app')}, unknown for ${rows.filter((row) => row.verdict === 'unknown').length}`,
            ],
            ['Id', <code className="foreign">{requirement.id}</code>],
          ]}
        />
      </div>
      <Section id="judged" title="How it is judged">
        <Rule rule={requirement.met_when} />
        <p className="quiet">
          What could not be seen is unknown: never counted as met, and never as unmet while the blindness is the operator’s.
        </p>
        <Leaning catalogue={catalogue} requirement={requirement} />
      </Section>
      <Section id="meet" title="How to meet it">
        <p>{requirement.how_to_meet}</p>
        {requirement.adoption_guide === undefined ? null : (
          <>
            <h3>For apps that are listed already</h3>
            <p>{requirement.adoption_guide}</p>
          </>
        )}
      </Section>
      <Section id="follows" title="What follows when it is not met">
        <ol className="plain">
          {consequencesOf(catalogue, requirement).map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </Section>
      <Section id="sources" title="Where it comes from">
        <ul className="plain">
          {requirement.cites.map((citation) => (
            <li key={`${citation.source} ${citation.no ?? ''}`}>
              <Citations of={[citation]} />
              {citation.note === undefined ? null : `: ${citation.note}`}
            </li>
          ))}
        </ul>
      </Section>
      <Changes programme={programme.id} id={requirement.id} changelog={given.changelog} />
      {given.children}
    </Layout>
  )
}

/** That this is how it reads under one version, and where the rules in force are. */
function ReadUnder({ under, shelved, id }: { readonly under: VersionRead; readonly shelved: Shelved; readonly id: string }): ReactElement {
  const programme = shelved.pack.programme.id
  return (
    <p>
      As it reads under version {under.row.version} ({PHASE_WORDS[under.phase].toLowerCase()}).{' '}
      {shelved.catalogue.requirements.some((one) => one.id === id) ? (
        <a href={requirementAddress(programme, id)}>As it reads now</a>
      ) : (
        'The rules in force do not have it.'
      )}
    </p>
  )
}

/** Checks, forms and policies that the rule names, each spelled out. */
function Leaning(given: { readonly catalogue: Catalogue; readonly requirement: RequirementInForce }): ReactElement | null {
  const behind = behindOf(given.catalogue, given.requirement)
  if (behind.length === 0) return null
  return (
    <ul className="stack">
      {behind.map(({ kind, id, title, says }) => (
        <li key={`${kind} ${id}`}>
          <strong>{title}</strong> <span className="small quiet">({BEHIND[kind]})</span>
          <ul className="plain small">
            {says.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  )
}

const BEHIND = { check: 'a check of the scanner', form: 'a form', policy: 'a policy', attestation: 'reviewed by a person' } as const

function Rule({ rule }: { readonly rule: MetWhen | undefined }): ReactElement {
  if (rule === undefined) return <p>No way to judge it is written down; its verdict is unknown.</p>
  const sentences = methodInWords(rule)
  return sentences.length === 1 ? (
    <p>{sentences[0]}</p>
  ) : (
    <>
      <p>All of these hold:</p>
      <ul className="plain">
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  )
}

function Changes(given: { readonly programme: string; readonly id: string; readonly changelog: readonly ChangeByVersion[] }): ReactElement {
  return (
    <Section id="changes" title="How it changed">
      <ol className="timeline">
        {given.changelog.map(({ version, effective, change }) => (
          <li key={version}>
            <span>
              <OnDay at={effective} /> <span className="small quiet">with {version}</span>
            </span>
            <span>
              <ChangeSaid
                change={change}
                address={change.how === 'removed' ? null : requirementUnder(given.programme, version, given.id)}
              />
            </span>
          </li>
        ))}
      </ol>
    </Section>
  )
}

function appliesInWords(applies: z.infer<typeof AppliesTo> | undefined): string {
  const platforms = applies?.platforms?.map((platform) => PLATFORM[platform]) ?? []
  const hosting = applies?.hosting?.map((one) => `run ${HOSTING[one]}`) ?? []
  if (platforms.length === 0 && hosting.length === 0) return 'All'
  const those = platforms.length === 0 ? 'Those' : `Those on ${listInWords(platforms).replace(' and ', ' or ')}`
  return hosting.length === 0 ? those : `${those} that ${listInWords(hosting).replace(' and ', ' or ')}`
}
