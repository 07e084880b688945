import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import type { Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { NewEvent } from '../kernel/event.ts'
import type { Json } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import { keepEvidence, readEvidence } from '../platform/evidence.ts'
import type { Unit } from '../platform/sql/database.ts'
import { dropRuns, keepSecrets, planRuns, runNow } from './due.ts'
import { journeysStream, type JourneyEvent } from './events.ts'
import { instancesOf, readJourney, type Journey, type JourneyStated } from './journey.ts'
import { JOURNEYS, type JourneyKnown, type JourneysDocument } from './journeys-view.ts'

/** What partners do with journeys: state one, change it, take it back, have it run. */

export const JOURNEY_EVIDENCE = 'journey'
const MOST_JOURNEYS = 20
const MOST_SECRETS = 20

/** States a journey, or states it anew; it is due at once. Secrets that are not named stay as they are. */
export async function stateJourney(
  house: House,
  who: Acting,
  app: string,
  journey: string,
  stated: JourneyStated,
  secrets: { readonly [name: string]: string },
): Promise<void> {
  const read = readJourney(stated)
  if (Object.keys(secrets).length > MOST_SECRETS) {
    throw new Refused('journeys.secrets', `${MOST_SECRETS} secrets are the most that one journey has.`, 'secrets')
  }
  await house.act(who, 'state-journey', await onApp(house, app), async (desk) => {
    await refuseUnproven(desk, app)
    const known = (await desk.documents.get<JourneysDocument>(JOURNEYS, app))?.journeys ?? {}
    if (known[journey] === undefined && Object.keys(known).length >= MOST_JOURNEYS) {
      throw new Refused('journeys.too_many', `${MOST_JOURNEYS} journeys are the most that one app has; take one back first.`, 'journey')
    }
    const instances = instancesOf(stated)
    const evidence = await desk.asMachine(async () => {
      await planRuns(desk, app, journey, instances, desk.now)
      await keepSecrets(desk, app, journey, secrets)
      return keepEvidence(desk, [
        {
          subject: app,
          kind: JOURNEY_EVIDENCE,
          observed_at: desk.now,
          source: { stated: journey },
          visibility: 'partner',
          // The guarantee of the cast: it came as JSON and was read by a schema.
          body: stated as unknown as Json,
        },
      ])
    })
    await desk.record([
      ofApp({
        type: 'journeys.stated',
        payload: { app, journey, kind: read.kind, every_minutes: stated.every_minutes, instances, evidence },
      }),
    ])
  })
}

/** Takes a journey back, with its secrets. What its runs showed stays as long as it would have. */
export async function withdrawJourney(house: House, who: Acting, app: string, journey: string): Promise<void> {
  await house.act(who, 'state-journey', await onApp(house, app), async (desk) => {
    const known = await knownJourneys(desk, app)
    stated(known, journey)
    await desk.asMachine(async () => {
      await dropRuns(desk, app, journey)
      await keepSecrets(desk, app, journey, null)
    })
    const { [journey]: _, ...left } = known.journeys
    const state = stateOf(left)
    await desk.record([
      ofApp({ type: 'journeys.withdrawn', payload: { app, journey } }),
      ...(known.counted === null || known.counted.state === state
        ? []
        : [ofApp({ type: 'journeys.counted', payload: { app, state, evidence: [] } })]),
    ])
  })
}

/** Makes a journey due now. */
export async function runJourneyNow(house: House, who: Acting, app: string, journey: string): Promise<void> {
  await house.act(who, 'run-journey', await onApp(house, app), async (desk) => {
    await refuseUnproven(desk, app)
    stated(await knownJourneys(desk, app), journey)
    await desk.asMachine(() => runNow(desk, app, journey, null))
  })
}

/** What an app's journeys say of the programme's demand: that core capabilities are tested from outside, where the host changes first. */
export function stateOf(journeys: { readonly [journey: string]: Pick<JourneyKnown, 'runs'> }): 'running' | 'production-only' | 'stopped' {
  const conclusive = Object.values(journeys).flatMap(({ runs }) => runs.filter(({ outcome }) => outcome !== 'inconclusive'))
  if (conclusive.length === 0) return 'stopped'
  return conclusive.some(({ instance }) => instance === 'early-rollout') ? 'running' : 'production-only'
}

/** What was stated of a journey, as it is kept. */
export async function readStated(unit: Unit, known: JourneyKnown): Promise<Journey | null> {
  const [name] = known.evidence
  const kept = name === undefined ? null : await readEvidence(unit, name)
  // The guarantee of the cast: `stateJourney` kept what its schema had read.
  return kept === null || kept.body === null ? null : { ...(kept.body as unknown as JourneyStated), kind: known.kind }
}

export async function knownJourneys(unit: Unit, app: string): Promise<JourneysDocument> {
  return (await unit.documents.get<JourneysDocument>(JOURNEYS, app)) ?? { app, journeys: {}, counted: null, warnings: [] }
}

export function stated(document: JourneysDocument, journey: string): JourneyKnown {
  const known = document.journeys[journey]
  if (known === undefined)
    throw new Refused('journeys.no_such_journey', `There is no journey "${journey}" through ${document.app}.`, journey)
  return known
}

async function refuseUnproven(desk: Desk, app: string): Promise<void> {
  const known = await desk.documents.get<AppDocument>(APPS, app)
  if (known !== null && known.domains.length > 0) return
  throw new Refused('journeys.no_consent', `Prove the control of a domain of ${app} first: journeys visit nobody who has not agreed.`, app)
}

export const ofApp = ({ type, payload }: JourneyEvent): NewEvent => ({
  stream: journeysStream(payload.app),
  subject: payload.app,
  type,
  payload,
})
