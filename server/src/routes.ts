import { registerAppealRoutes } from './appeals/routes.ts'
import { registerApplicationRoutes } from './applications/routes.ts'
import { registerAnswersRoutes } from './assessments/answers-routes.ts'
import { registerAssessmentRoutes } from './assessments/routes.ts'
import { registerLedgerRoutes } from './attribution/routes.ts'
import { decidingPorts } from './badges/deciding.ts'
import { registerBadgeRoutes } from './badges/routes.ts'
import { registerConsultationRoutes } from './consultations/routes.ts'
import { registerConcernRoutes } from './concerns/routes.ts'
import { registerDirectoryRoutes } from './directory/routes.ts'
import { registerEnrolmentRoutes } from './enrolment/routes.ts'
import type { House } from './house.ts'
import { registerJourneyRoutes } from './journeys/routes.ts'
import type { Routes } from './platform/http/app.ts'
import { registerApplicationPages } from './publishing/application-routes.tsx'
import { registerBadgePictures } from './publishing/badge-routes.ts'
import { registerGoToMarketRoutes } from './publishing/go-to-market-routes.tsx'
import { registerJourneyPages } from './publishing/journey-routes.tsx'
import { registerLedgerPages } from './publishing/ledger-routes.tsx'
import { registerStatusPages } from './publishing/status-routes.tsx'
import { registerOutboxRoutes } from './publishing/outbox/routes.ts'
import { frameOf } from './publishing/pages/frame.tsx'
import { registerCommentRoutes } from './publishing/comment-routes.tsx'
import { registerDocumentRoutes } from './publishing/document-routes.tsx'
import { registerDocumentationRoutes } from './publishing/documentation-routes.tsx'
import { registerFormRoutes } from './publishing/form-routes.tsx'
import { registerQuestionnaireRoutes } from './publishing/questionnaire-routes.ts'
import { registerMarketplaceRoutes } from './publishing/marketplace-routes.tsx'
import { registerPartnerRoutes } from './publishing/partner-routes.tsx'
import { registerProcessRoutes } from './publishing/process-routes.tsx'
import { registerPublicRoutes } from './publishing/routes.tsx'
import { registerReviewRoutes } from './publishing/review-routes.tsx'
import { registerSuccessionPages } from './publishing/succession-routes.tsx'
import { registerWorkingRoutes } from './publishing/working-routes.tsx'
import { registerScanPages } from './publishing/scan-routes.tsx'
import { registerReliabilityRoutes } from './reliability/routes.ts'
import { registerFindingRoutes } from './scanning/finding-routes.ts'
import { registerScanningRoutes } from './scanning/routes.ts'
import { registerStandingRoutes } from './standing/routes.ts'
import { registerSuccessionRoutes } from './successions/routes.ts'
import type { DemoControls } from './serving.ts'

/** Everything that the server answers to, slice by slice. */
export const ROUTES: readonly ((app: Routes, house: House, demo: DemoControls | null) => void)[] = [
  registerDirectoryRoutes,
  (app, house, demo) => registerEnrolmentRoutes(app, house, frameOf(house, demo)),
  registerReliabilityRoutes,
  registerJourneyRoutes,
  registerLedgerRoutes,
  registerScanningRoutes,
  registerFindingRoutes,
  registerScanPages,
  registerJourneyPages,
  registerLedgerPages,
  registerStatusPages,
  registerAssessmentRoutes,
  registerAnswersRoutes,
  (app, house) => registerApplicationRoutes(app, house, decidingPorts),
  registerConsultationRoutes,
  (app, house) => registerConcernRoutes(app, house),
  registerStandingRoutes,
  registerBadgeRoutes,
  registerSuccessionRoutes,
  (app, house) => registerAppealRoutes(app, house),
  registerOutboxRoutes,
  registerPublicRoutes,
  registerProcessRoutes,
  registerDocumentationRoutes,
  registerSuccessionPages,
  registerGoToMarketRoutes,
  registerPartnerRoutes,
  registerCommentRoutes,
  registerMarketplaceRoutes,
  registerFormRoutes,
  registerDocumentRoutes,
  registerQuestionnaireRoutes,
  registerBadgePictures,
  registerReviewRoutes,
  registerWorkingRoutes,
  registerApplicationPages,
]
