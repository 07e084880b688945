import { Refused } from '../../kernel/refused.ts'

/** A problem document, RFC 9457. */
export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly where?: string
}

/** How a refusal travels by HTTP: by its code, or by the family before the dot. Everything else that was asked wrongly is 400. */
const STATUS: { readonly [code: string]: number } = {
  'enrolment.sign_in': 401,
  'enrolment.bad_token': 401,
  'enrolment.forbidden': 403,
  'enrolment.foreign_origin': 403,
  'directory.no_such_app': 404,
  'directory.already_registered': 409,
  'http.not_found': 404,
  'http.too_many': 429,
  'http.too_large': 413,
  'http.media_type': 415,
  'log.conflict': 409,
  'data.stopped': 503,
  'data.disk_full': 507,
  'badges.wrong_state': 409,
  'badges.standing_moved': 409,
  'badges.not_met': 409,
  'badges.soaking': 409,
  'badges.agreed_already': 409,
  'badges.closed': 409,
  'badges.involved': 403,
  'badges.by_application': 409,
  'applications.standing_moved': 409,
  'applications.thread_moved': 409,
  'applications.not_eligible': 409,
  'applications.not_verified': 409,
  'applications.not_met': 409,
  'applications.held': 409,
  'applications.too_soon': 409,
  'applications.involved': 403,
  'applications.recused': 403,
  'applications.not_yours': 403,
  'applications.too_large': 413,
  'consultations.closed': 409,
  'consultations.not_yours': 403,
  'consultations.too_fast': 429,
  'consultations.too_many': 409,
  'successions.decided_already': 409,
  'successions.not_a_holder': 409,
  'successions.involved': 403,
  'directory.wrong_state': 409,
  'concerns.moved': 409,
  'concerns.answered': 409,
  'concerns.too_soon': 409,
  'concerns.too_many': 409,
  'concerns.not_taken': 409,
  'concerns.flooded': 429,
  'concerns.involved': 403,
  'concerns.recused': 403,
  'concerns.took_part': 403,
  'appeals.moved': 409,
  'appeals.appealed': 409,
  'appeals.too_late': 409,
  'appeals.not_taken': 409,
  'appeals.not_upheld': 409,
  'appeals.involved': 403,
  'appeals.recused': 403,
  'appeals.took_part': 403,
  'badges.other_decision': 409,
  'assessments.draft_moved': 409,
  'assessments.answers_moved': 409,
  'assessments.form_retired': 409,
  'scanning.busy': 409,
  'reliability.key_reused': 409,
  'reliability.too_many_sendings': 429,
}

/** The problem document of a refusal. */
export function problemOf(refused: Refused): Problem {
  const status = STATUS[refused.code] ?? (refused.code.endsWith('.wrong_state') ? 409 : refused.code.includes('.no_such_') ? 404 : 400)
  return {
    type: `urn:castellan:problem:${refused.code}`,
    title: TITLES[status] ?? 'Refused',
    status,
    detail: refused.message,
    code: refused.code,
    ...(refused.where === undefined ? {} : { where: refused.where }),
  }
}

/** What each status of a problem is called. */
export const TITLES: { readonly [status: number]: string } = {
  400: 'This cannot be done as asked',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Not possible now',
  413: 'Too large',
  415: 'Not a format that is understood',
  429: 'Too many requests',
  503: 'Out of order',
  507: 'No room left',
}

/** The largest body that any address takes; a descriptor beyond it is an attack. */
export const LARGEST_BODY_BYTES = 4 * 1024 * 1024

/** What a stranger learns of a bug: that it was one, and the number under which the log tells more. */
export const bug = (request: string): Problem => ({
  type: 'urn:castellan:problem:bug',
  title: 'Something broke on our side',
  status: 500,
  detail: `Nothing was changed. The operator finds the cause in the log under request ${request}.`,
  code: 'bug',
})

/** Fastify's and Node's own complaints about a request, in our words; null for what is a bug. */
export function refusedOf(error: unknown): Refused | null {
  if (error instanceof Refused) return error
  if (!(error instanceof Error)) return null
  const { code, statusCode, validation } = error as Error & {
    code?: string
    statusCode?: number
    validation?: readonly { instancePath?: string; message?: string }[]
  }
  if (validation !== undefined) {
    const told = validation.map((issue) => `${issue.instancePath || '/'}: ${issue.message ?? 'not valid'}`).join('; ')
    return new Refused(
      'http.invalid',
      `The request does not have the shape that the interface describes. ${told}`,
      validation[0]?.instancePath,
    )
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new Refused(
      'http.too_large',
      `The body is larger than ${LARGEST_BODY_BYTES / 1024 / 1024} MB, which is the most that is taken; send less.`,
    )
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new Refused('http.media_type', 'Send JSON with content-type application/json, or a form.')
  if (statusCode === 429) return new Refused('http.too_many', error.message)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new Refused('http.bad_request', error.message)
  return null
}
