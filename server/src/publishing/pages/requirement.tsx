import type { ReactElement } from 'react'
import { dayOf, type Instant } from '../../kernel/time.ts'
import type { AppliesTo, MetWhen, Requirement, RequirementInForce } from '../../programmes/schema.ts'
import { methodInWords, VERIFIED_BY } from '../method.ts'
import { HOSTING, PLATFORM } from '../plain.ts'
import type { PublicStanding } from '../public-app.ts'
import { pillarTitle, type Shelved } from '../shelf.ts'
import { counted, durationInWords, listInWords } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Citations, Facts, OnDay, Section } from './parts.tsx'
import { programmeAddress, standingOn } from './programme.tsx'
import type { z } from 'zod'

/** One requirement: what it asks, why, how it is judged, how to meet it, where it comes from and how it changed. */
export function RequirementPage(given: {
  readonly chrome: Chrome
  readonly shelved: Shelved
  readonly requirement: RequirementInForce
  readonly standings: readonly PublicStanding[]
  readonly now: Instant
}): ReactElement {
  const { chrome, requirement } = given
  const { catalogue, pack } = given.shelved
  const { programme } = catalogue
  const on = dayOf(given.now)
  const revisions = pack.requirements.find((one) => one.id === requirement.id)?.revisions ?? []
  const rows = given.standings.flatMap((standing) => standing.rows.filter((row) => row.requirement === requirement.id))
  const tiers = programme.tiers.filter((tier) => requirement.tiers.includes(tier.id)).map((tier) => tier.title)
  return (
    <Layout {...chrome} title={requirement.title} description={`${requirement.title}. ${requirement.why}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={programmeAddress(programme.id)}>
            {programme.title} {catalogue.version}
          </a>
          , {pillarTitle(catalogue, requirement.pillar)}
        </p>
        <h1>{requirement.title}</h1>
        <p className="lead">{requirement.why}</p>
      </div>
      <div className="panel">
        <Facts
          of={[
            ['Asked of', listInWords(tiers)],
            ['Which apps', appliesInWords(requirement.applies_to)],
            ['In force', `${standingOn(requirement, on)}${requirement.advisory === true ? '; a recommendation, never counted' : ''}`],
            ['Looked at by', VERIFIED_BY[requirement.verified_by]],
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
      </Section>
      <Section id="meet" title="How to meet it">
        <p>{requirement.how_to_meet}</p>
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
      <Changes since={requirement.since} revisions={revisions} retired={requirement.retired} />
    </Layout>
  )
}

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

function Changes(given: {
  readonly since: string
  readonly revisions: NonNullable<Requirement['revisions']>
  readonly retired: string | undefined
}): ReactElement {
  return (
    <Section id="changes" title="How it changed">
      <ol className="timeline">
        {given.retired === undefined ? null : (
          <li>
            <OnDay at={given.retired} />
            <span>Retired. Verdicts from before stay in the history.</span>
          </li>
        )}
        {given.revisions.toReversed().map(({ since, why_changed, title, grace, met_when }) => (
          <li key={since}>
            <OnDay at={since} />
            <span>
              {why_changed}
              {title === undefined ? '' : ` From here on it reads “${title}”.`}
              {met_when === undefined ? '' : ` Judged from here on: ${methodInWords(met_when).join(' ')}`}
              {grace === undefined ? '' : ` Time to put it right: ${durationInWords(grace)}.`}
            </span>
          </li>
        ))}
        <li>
          <OnDay at={given.since} />
          <span>First in force.</span>
        </li>
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
