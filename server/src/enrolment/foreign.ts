import type { FastifyRequest } from 'fastify'
import { Refused } from '../kernel/refused.ts'

/**
 * Refuses a change that a page of somebody else's has started in a visitor's browser. A token in the header cannot be sent
 * that way, so programs that use one are not asked.
 *
 * Browsers say where a request comes from in `Sec-Fetch-Site` (over https and on loopback) and `Origin` (on every POST); only
 * what is neither has to be a program, and a program has no cookie.
 */
export function refuseForeign(public_url: () => string): (request: FastifyRequest) => void {
  return (request) => {
    if (request.acting.kind === 'token') return
    const site = request.headers['sec-fetch-site']
    if (site !== undefined) {
      // `none`: the person did it by hand, such as reloading.
      if (site === 'same-origin' || site === 'none') return
      throw foreign()
    }
    const { origin, cookie } = request.headers
    if (origin !== undefined) {
      if (origin === new URL(public_url()).origin) return
      throw foreign()
    }
    if (cookie !== undefined) throw foreign()
  }
}

const foreign = (): Refused =>
  new Refused(
    'enrolment.foreign_origin',
    'This change was started by another site, or the browser does not say by which. Open the page here and do it again.',
  )
