import type { ReactElement } from 'react'
import type { Impact } from '../../standing/impact.ts'
import type { VersionRead } from '../documentation.ts'
import { tierOf, type Shelf } from '../shelf.ts'
import { counted } from '../words.ts'
import { programmeAddress, versionAddress } from './addresses.ts'
import type { Chrome } from './chrome.ts'
import { ImpactLines } from './coming.tsx'
import { Layout } from './layout.tsx'
import { Empty, Facts, Foreign, Moment, OnDay, Section, Table } from './parts.tsx'
import { PHASE_WORDS, wayOf } from './version.tsx'

/** What a version would mean for every registered app, for the operator: who would lose or win what, when and why. */
export function ImpactPage(given: {
  readonly chrome: Chrome
  readonly read: VersionRead
  readonly impact: Impact
  readonly shelf: Shelf
  readonly names: (app: string) => string
}): ReactElement {
  const { read, impact, shelf } = given
  const { programme } = read.catalogue
  const lost = impact.apps.filter(({ tiers }) => tiers.some(({ met }) => !met)).length
  const won = impact.apps.filter(({ tiers }) => tiers.some(({ met }) => met)).length
  return (
    <Layout {...given.chrome} title={`What ${programme.title} ${read.row.version} would change`}>
      <div className="head">
        <p className="eyebrow">
          <a href={programmeAddress(programme.id)}>{programme.title}</a>,{' '}
          <a href={versionAddress(programme.id, read.row.version)}>version {read.row.version}</a>, {PHASE_WORDS[read.phase].toLowerCase()}
        </p>
        <h1>What it would change</h1>
        <p className="lead">
          Of {counted(impact.judged, 'app')}, something changes for {impact.apps.length}: {lost} would no longer meet a tier, {won} would
          come to meet one.
        </p>
        <p className="quiet">
          Every app judged by {read.row.version} in place of {impact.from.version}, by what is known on <Moment at={impact.as_of} />. On its
          day the same judge decides by what is known then. The same as data:{' '}
          <a href={`/api/v1/programmes/${encodeURIComponent(programme.id)}/impact?version=${encodeURIComponent(read.row.version)}`}>
            impact as JSON
          </a>
          .
        </p>
      </div>
      <div className="panel">
        <Facts of={[...wayOf(read.row, read.consultation), ['Counted from', <OnDay key="from" at={impact.begins_at} />]]} />
      </div>
      <Section id="tiers" title="By tier">
        <Table
          caption="Apps that would no longer meet a tier, and that would come to meet it"
          columns={[
            { title: 'Tier', names: true },
            { title: 'Would lose', numeric: true },
            { title: 'Would win', numeric: true },
          ]}
          rows={programme.tiers.map(({ id, title }) => ({
            key: id,
            cells: [title, String(appsWith(impact, id, false)), String(appsWith(impact, id, true))],
          }))}
        />
      </Section>
      <Section id="apps" title="By app">
        {impact.apps.length === 0 ? (
          <Empty title="Nothing changes for anybody">
            <p>Every registered app would stand as it stands now.</p>
          </Empty>
        ) : (
          <Table
            caption={counted(impact.apps.length, 'app')}
            columns={[{ title: 'App', names: true }, { title: 'Tiers lost' }, { title: 'What changes' }]}
            rows={impact.apps.map((app) => ({
              key: app.app,
              cells: [
                <a href={`/apps/${encodeURIComponent(app.app)}/standing`}>
                  <Foreign>{given.names(app.app)}</Foreign>
                </a>,
                lostIn(app.tiers, programme.id, shelf),
                <ImpactLines of={app} programme={programme.id} digest={impact.to.digest} shelf={shelf} />,
              ],
            }))}
          />
        )}
      </Section>
    </Layout>
  )
}

const appsWith = (impact: Impact, tier: string, met: boolean): number =>
  impact.apps.filter(({ tiers }) => tiers.findLast((one) => one.tier === tier)?.met === met).length

function lostIn(tiers: Impact['apps'][number]['tiers'], programme: string, shelf: Shelf): string {
  const lost = tiers.filter(({ met }) => !met).map(({ tier }) => tierOf(shelf, programme, tier)?.title ?? tier)
  return lost.length === 0 ? 'None' : [...new Set(lost)].join(', ')
}
