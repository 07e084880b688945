import { appealsReactor } from './appeals/reactor.ts'
import { appealsView } from './appeals/appeals-view.ts'
import { applicationsReactor } from './applications/reactor.ts'
import { applicationsView, turnsView } from './applications/view.ts'
import { assessmentsView, partnerFormsView } from './assessments/assessments-view.ts'
import { certificationsView } from './assessments/certifications-view.ts'
import { contradictionsView } from './assessments/contradictions-view.ts'
import { listingDocumentsView } from './assessments/listing-documents-view.ts'
import { compareAnswersJob, listingDocumentsJob } from './assessments/jobs.ts'
import { assessmentsReactor } from './assessments/reactor.ts'
import { formReviewsView } from './assessments/reviews-view.ts'
import { ledgersView } from './attribution/ledger-view.ts'
import { commentsView } from './consultations/view.ts'
import { badgesReactor } from './badges/reactor.ts'
import { badgesView } from './badges/badges-view.ts'
import { listingsView } from './badges/listings-view.ts'
import { concernsReactor } from './concerns/reactor.ts'
import { concernsView } from './concerns/concerns-view.ts'
import { adoptProgrammes } from './directory/adopting.ts'
import { appsView } from './directory/apps-view.ts'
import { programmesView } from './directory/programme.ts'
import { proposalsView } from './enrolment/two-persons.ts'
import type { Job } from './house.ts'
import { opaque } from './kernel/flow.ts'
import { pipeline, type Pipeline } from './platform/dispatch.ts'
import type { Pack } from './programmes/load.ts'
import { editionsView } from './publishing/go-to-market/editions-view.ts'
import { cutEditionsJob } from './publishing/go-to-market/jobs.ts'
import { journeysJob } from './journeys/jobs.ts'
import { journeysView } from './journeys/journeys-view.ts'
import { rolloutsView } from './journeys/rollout.ts'
import { readListingsJob } from './publishing/marketplace/jobs.ts'
import { mismatchesView } from './publishing/marketplace/mismatches-view.ts'
import { statesView } from './publishing/marketplace/state.ts'
import { OUTBOX_JOBS } from './publishing/outbox/jobs.ts'
import { noticesReactor } from './publishing/outbox/notices.ts'
import { publicAnswersView } from './publishing/public-answers-view.ts'
import { processReactor } from './publishing/process-reactor.ts'
import { publicAppsView, publicDirectoryView } from './publishing/public-apps-view.ts'
import { processFiguresView, publicProcessView } from './publishing/public-process-view.ts'
import { disclosureReactor } from './publishing/reactor.ts'
import { probeJob } from './reliability/jobs.ts'
import { alertsView, daysView, endpointsView, massFailureView, objectivesView } from './reliability/view.ts'
import { reviewJob } from './publishing/reviewing.ts'
import { reviewsReactor } from './reviews/reactor.ts'
import { reviewsView } from './reviews/reviews-view.ts'
import type { HostSettings } from './scanning/host/host.ts'
import { scanJob } from './scanning/jobs.ts'
import { findingsView } from './scanning/findings-view.ts'
import { scanningReactor } from './scanning/reactor.ts'
import { scansView } from './scanning/scans-view.ts'
import { factsView } from './standing/facts-view.ts'
import { standingReactor } from './standing/reactor.ts'
import { standingsView } from './standing/standings-view.ts'
import { crossingsView } from './successions/view.ts'
import { sweepJob } from './sweeping.ts'

/** The whole product on one screen: which views are folded, which slices answer what, and what is done again and again. */
export function pipelineOf(packs: readonly Pack[]): Pipeline {
  return pipeline(
    [
      opaque(appsView),
      opaque(programmesView),
      opaque(proposalsView),
      opaque(assessmentsView),
      opaque(partnerFormsView),
      opaque(formReviewsView),
      opaque(contradictionsView),
      opaque(certificationsView),
      opaque(listingDocumentsView),
      opaque(scansView),
      opaque(findingsView),
      opaque(daysView),
      opaque(objectivesView),
      opaque(endpointsView),
      opaque(alertsView),
      opaque(massFailureView),
      opaque(journeysView),
      opaque(ledgersView),
      opaque(rolloutsView),
      opaque(applicationsView),
      opaque(turnsView),
      opaque(reviewsView),
      opaque(commentsView),
      opaque(concernsView),
      opaque(factsView),
      opaque(standingsView),
      opaque(badgesView),
      opaque(crossingsView),
      opaque(listingsView),
      opaque(appealsView),
      opaque(publicAppsView),
      opaque(publicDirectoryView),
      opaque(publicAnswersView),
      opaque(publicProcessView),
      opaque(processFiguresView),
      opaque(editionsView),
      opaque(statesView),
      opaque(mismatchesView),
    ],
    [
      scanningReactor,
      assessmentsReactor(packs),
      applicationsReactor(packs),
      reviewsReactor,
      concernsReactor(packs),
      standingReactor(packs),
      badgesReactor(packs),
      appealsReactor,
      disclosureReactor(packs),
      processReactor(packs),
      noticesReactor(packs),
    ],
  )
}

/** A version of a programme comes into force at the start of a day; a look a minute is soon enough. */
const adoptJob: Job = { name: 'adopt-programmes', every_ms: 60_000, run: adoptProgrammes }

/** Everything that is done again and again. */
export const jobsOf = (given: {
  /** Certificates of an authority beside the usual ones, PEM. The demo's only. */
  readonly extra_ca?: string
  /** Where apps look up the keys of their host with us. */
  readonly host?: HostSettings
}): readonly Job[] => [
  adoptJob,
  sweepJob,
  reviewJob,
  probeJob,
  scanJob(given),
  journeysJob({}),
  compareAnswersJob,
  listingDocumentsJob,
  cutEditionsJob,
  readListingsJob,
  ...OUTBOX_JOBS,
]
