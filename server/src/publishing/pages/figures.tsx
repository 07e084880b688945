import type { ReactElement } from 'react'
import { catalogueOf, type Shelf } from '../shelf.ts'
import type { PublicApp, PublicFigure } from '../public-app.ts'
import { Figure, type Objective } from './figure.tsx'
import { Empty, Section } from './parts.tsx'

/** An app's public figures with their objectives and their bars. */
export function Figures({ app, shelf }: { readonly app: PublicApp; readonly shelf: Shelf }): ReactElement {
  return (
    <Section id="figures" title="Figures">
      {app.figures.length === 0 ? (
        <Empty title="No figure yet">
          <p>Nothing has been counted over a whole window so far. What is not seen is unknown, not good.</p>
        </Empty>
      ) : (
        <div className="figures">
          {app.figures.map((figure) => (
            <Figure
              key={`${figure.indicator}|${figure.window}|${figure.good_when_at_most ?? ''}|${figure.endpoint ?? ''}`}
              figure={figure}
              days={
                figure.good_when_at_most === null && hasBar(figure, app.figures)
                  ? app.days.filter((day) => day.indicator === figure.indicator)
                  : []
              }
              objective={objectiveOf(figure, app, shelf)}
              ledger={`/apps/${encodeURIComponent(app.app)}/ledger`}
            />
          ))}
        </div>
      )}
    </Section>
  )
}

/** The bar shows the app as a whole, so it stands once: beside the app's own figure, else beside the first of its base URLs. */
const hasBar = (figure: PublicFigure, figures: readonly PublicFigure[]): boolean =>
  figures.find(({ indicator, window }) => indicator === figure.indicator && window === figure.window) === figure

/** The rule that a figure is held against, under the versions by which the app is judged. */
function objectiveOf(figure: PublicFigure, app: PublicApp, shelf: Shelf): Objective {
  for (const standing of app.standings) {
    for (const requirement of catalogueOf(shelf, standing)?.requirements ?? []) {
      const rule = requirement.met_when
      if (rule === undefined || !('slo' in rule)) continue
      const { indicator, window, good_when_at_most, target, coverage } = rule.slo
      const same = indicator === figure.indicator && window === figure.window && (good_when_at_most ?? null) === figure.good_when_at_most
      if (same) return { title: requirement.title, target, coverage }
    }
  }
  return null
}
