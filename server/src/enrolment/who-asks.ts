import type { FastifyRequest } from 'fastify'
import { Refused } from '../kernel/refused.ts'
import type { Database, Unit } from '../platform/sql/database.ts'
import type { Acting } from './authorise.ts'
import { membershipsOf } from './person.ts'
import { secretIn, sessionOf } from './session.ts'
import { actingByToken, TOKEN_PREFIX } from './token.ts'

const PUBLIC: Acting = { kind: 'public' }

/**
 * Finds out who asks, once for each request. A program that shows a token gets in by it or is told that it is none: silently
 * treating it as the public would look like missing rights. A browser whose session is over is the public, and pages offer to
 * sign in.
 */
export function whoAsks(database: Database, marketplace: string, public_url: () => string): (request: FastifyRequest) => Promise<Acting> {
  // Before anybody is known there is no party to be; credentials are the machine's to read.
  const asMachine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => database.within({ marketplace, party: { kind: 'machine' } }, work)
  return async (request) => {
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const told = /^bearer +(\S+)$/i.exec(authorization)?.[1]
      // The address for measurements has a token of its own, which comes from the settings and which its route looks at.
      if (told?.startsWith(TOKEN_PREFIX) !== true && request.url.split('?')[0] === '/metrics') return PUBLIC
      const acting = told?.startsWith(TOKEN_PREFIX) === true ? await asMachine((unit) => actingByToken(unit, told)) : null
      if (acting === null)
        throw new Refused('enrolment.bad_token', 'This token is unknown, was revoked or is over. Issue a new one on your account page.')
      return acting
    }
    const secret = secretIn(request.headers.cookie, public_url())
    if (secret === null) return PUBLIC
    return asMachine(async (unit) => {
      const session = await sessionOf(unit, secret)
      if (session === null) return PUBLIC
      return { kind: 'person', ...session, memberships: await membershipsOf(unit, session.person) }
    })
  }
}
