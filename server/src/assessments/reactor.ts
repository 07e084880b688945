import { APPS, type AppDocument } from '../directory/apps-view.ts'
import type { NewEvent, RecordedEvent } from '../kernel/event.ts'
import type { Reactor, Reading } from '../kernel/flow.ts'
import { inForce, type Pack } from '../programmes/load.ts'
import { PARTNER_FORMS, type PartnerFormsDocument } from './assessments-view.ts'
import { allowedOfCertification, certification } from './certification.ts'
import { CERTIFICATIONS, type CertificationsDocument } from './certifications-view.ts'
import { contradiction } from './contradiction.ts'
import { CONTRADICTIONS, type ContradictionsDocument } from './contradictions-view.ts'
import { assessmentStream, partnerSubject, type AssessmentEvent } from './events.ts'
import { formReview } from './form-review.ts'
import { FORM_REVIEWS, type FormReviewDocument } from './reviews-view.ts'

/**
 * What follows by itself: a new app takes over the forms that its partner answers once for all apps, and an approval that
 * nears or reaches its end is told.
 */
export const assessmentsReactor = (packs: readonly Pack[]): Reactor => ({
  name: 'assessments.follow',
  slice: 'assessments',
  listens: ['directory.app_registered', 'clocks.came_due'],
  async react(event, reading): Promise<readonly NewEvent[]> {
    if (event.type === 'directory.app_registered') {
      // The guarantee of the cast: the event of this name carries its app and whose it is.
      const { app, organisation } = event.payload as unknown as Pick<AppDocument, 'app' | 'organisation'>
      const partner = await reading.documents.get<PartnerFormsDocument>(PARTNER_FORMS, organisation)
      const forms = packs.flatMap((pack) => inForce(pack, event.at)?.forms ?? []).filter(({ asked_of }) => asked_of === 'partner')
      return [...new Set(forms.map(({ id }) => id))].flatMap((form) => {
        const known = partner?.forms[form]
        if (known === undefined) return []
        const { complete, warnings, evidence } = known
        const payload = { app, form, complete, warnings, evidence, because: 'partner' as const }
        return [told(app, { type: 'assessments.form_published', payload })]
      })
    }
    // The guarantee of the cast: a clock carries the document that fell due.
    const { kind, of } = event.payload as { readonly kind: string; readonly of: string }
    if (kind === CONTRADICTIONS) return toldInTime(event, of, reading)
    if (kind === CERTIFICATIONS) return lapsedCertifications(event, of, reading)
    if (kind !== FORM_REVIEWS) return []
    const review = await reading.documents.get<FormReviewDocument>(FORM_REVIEWS, of)
    if (review?.approved === null || review === null) return []
    const { app, form, approved } = review
    // An app that is gone is reminded of nothing.
    if ((await reading.documents.get<AppDocument>(APPS, app)) === null) return []
    const act = approved.until <= event.at ? 'lapse' : 'remind'
    return formReview.decide({ do: act, app, form }, review, event.at).map((fact) => told(app, fact))
  },
})

const told = (app: string, { type, payload }: AssessmentEvent): NewEvent => ({ stream: assessmentStream(app), subject: app, type, payload })

/** Contradictions whose time is over without a word of the partner. */
async function toldInTime(event: RecordedEvent, app: string, reading: Reading): Promise<readonly NewEvent[]> {
  const document = await reading.documents.get<ContradictionsDocument>(CONTRADICTIONS, app)
  return Object.entries(document?.rules ?? {})
    .filter(([, { status }]) => status === 'open')
    .flatMap(([rule, state]) => contradiction.decide({ do: 'tell', app, rule }, state, event.at))
    .map((fact) => told(app, fact))
}

async function lapsedCertifications(event: RecordedEvent, organisation: string, reading: Reading): Promise<readonly NewEvent[]> {
  const document = await reading.documents.get<CertificationsDocument>(CERTIFICATIONS, organisation)
  return Object.entries(document?.certifications ?? {})
    .filter(([, { status }]) => allowedOfCertification[status].includes('lapse'))
    .flatMap(([id, state]) =>
      certification.decide({ do: 'lapse', certification: id }, state, event.at).map(({ type, payload }) => ({
        stream: `certification/${id}`,
        subject: partnerSubject(organisation),
        type,
        payload,
      })),
    )
}
