import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { registerAccountRoutes } from './account-routes.tsx'
import { registerEnrolmentApi } from './api-routes.ts'
import { registerLinkRoutes } from './link-routes.tsx'
import { registerOrganisationRoutes } from './organisation-routes.tsx'
import type { Frame } from './pages/frame.ts'

/** Everything by which people come in, belong together and leave. */
export function registerEnrolmentRoutes(app: Routes, house: House, frame: Frame): void {
  registerLinkRoutes(app, house, frame)
  registerAccountRoutes(app, house, frame)
  registerOrganisationRoutes(app, house, frame)
  registerEnrolmentApi(app, house)
}
