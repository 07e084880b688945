import type { NewEvent } from '../kernel/event.ts'
import type { Scope } from './acts.ts'
import type { OrganisationKind, Role } from './roles.ts'

/** The kind of link that let somebody in. */
export type SignInMethod = 'admin_link' | 'sign_in_link' | 'mail_link' | 'invitation'

/** What this slice tells the others. Ids, roles and scopes only: names and addresses stay in tables, where they can be erased. */
export type EnrolmentEvent =
  | {
      readonly type: 'enrolment.organisation_created'
      readonly payload: { readonly organisation: string; readonly kind: OrganisationKind }
    }
  | {
      readonly type: 'enrolment.person_invited'
      readonly payload: { readonly invitation: string; readonly organisation: string; readonly role: Role }
    }
  | { readonly type: 'enrolment.invitation_withdrawn'; readonly payload: { readonly invitation: string; readonly organisation: string } }
  | {
      readonly type: 'enrolment.person_joined'
      readonly payload: { readonly person: string; readonly organisation: string; readonly role: Role; readonly by_link: string }
    }
  | { readonly type: 'enrolment.person_removed'; readonly payload: { readonly person: string; readonly organisation: string } }
  | {
      readonly type: 'enrolment.role_changed'
      readonly payload: { readonly person: string; readonly organisation: string; readonly from: Role; readonly role: Role }
    }
  | {
      readonly type: 'enrolment.signed_in'
      /** `network`: a keyed hash, see sign-ins.ts; null where no address was known. */
      readonly payload: { readonly person: string; readonly method: SignInMethod; readonly network: string | null }
    }
  | { readonly type: 'enrolment.person_erased'; readonly payload: { readonly person: string } }
  | {
      readonly type: 'enrolment.token_issued'
      readonly payload: {
        readonly token: string
        readonly person: string
        readonly organisation: string
        readonly scopes: readonly Scope[]
      }
    }
  | {
      readonly type: 'enrolment.token_revoked'
      readonly payload: { readonly token: string; readonly person: string }
    }

/** An event in the stream of the organisation that it concerns; where it concerns none, in the person's. Only the operator reads them. */
export function streamed(event: EnrolmentEvent): NewEvent {
  const { payload } = event
  const stream = 'organisation' in payload ? `organisation/${payload.organisation}` : `person/${payload.person}`
  return { stream, subject: null, type: event.type, payload }
}
