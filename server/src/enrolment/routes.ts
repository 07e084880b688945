import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { registerLinkRoutes } from './link-routes.tsx'
import type { Frame } from './pages/frame.ts'

/** Everything by which people come in, belong together and leave. */
export function registerEnrolmentRoutes(app: Routes, house: House, frame: Frame): void {
  registerLinkRoutes(app, house, frame)
}
