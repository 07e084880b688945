import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { domainsOf } from '../directory/domain-proof.ts'
import { onApp } from '../directory/registering.ts'
import { personBehind, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { plus, type Duration } from '../kernel/duration.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { inForce, type Pack } from '../programmes/load.ts'
import type { AnswersSeen } from '../programmes/schema.ts'
import { SCANS, type ScansDocument } from '../scanning/scans-view.ts'
import { ASSESSMENTS, type AssessmentDocument } from './assessments-view.ts'
import { holds } from './certification.ts'
import { CERTIFICATIONS, type CertificationsDocument } from './certifications-view.ts'
import { contradiction, type ContradictionCommand, type ContradictionState } from './contradiction.ts'
import { CONTRADICTIONS, type ContradictionsDocument } from './contradictions-view.ts'
import { assessmentStream, type AssessmentEvent, type ContradictionEvent } from './events.ts'
import type { Answers } from './form.ts'
import { compare, type Said, type Seen } from './seen.ts'

/** Reads published answers; handed in, since whoever publishes calls this too. */
export type ReadPublished = (desk: Desk, evidence: readonly Digest[]) => Promise<{ readonly answers: Answers }>

/** The policies in force that hold answers against what was seen, each with the zone of its programme. */
export function answersSeenIn(packs: readonly Pack[], at: Desk['now']): readonly { readonly policy: AnswersSeen; readonly pack: Pack }[] {
  return packs.flatMap((pack) =>
    (inForce(pack, at)?.policies ?? []).flatMap((policy) => (policy.kind === 'answers-seen' ? [{ policy, pack }] : [])),
  )
}

/**
 * Holds an app's published answers against what is known of it, and tells what is new: a contradiction, that one is settled,
 * that what was seen bears an answer out. Runs as the machine, in the transaction of whoever calls.
 */
export async function compared(desk: Desk, packs: readonly Pack[], app: string, readPublished: ReadPublished): Promise<void> {
  const known = await desk.documents.get<AppDocument>(APPS, app)
  const document = await desk.documents.get<AssessmentDocument>(ASSESSMENTS, app)
  if (known === null || document === null) return
  const stream = assessmentStream(app)
  const events = await desk.log.stream(stream)
  const before = statesIn(events)
  const told: AssessmentEvent[] = []
  for (const { policy, pack } of answersSeenIn(packs, desk.now)) {
    const forms = inForce(pack, desk.now)?.forms ?? []
    const said: Map<string, { form: (typeof forms)[number]; answers: Answers }> = new Map()
    for (const form of forms) {
      const published = document.forms[form.id]
      if (published === undefined || !policy.rules.some((rule) => usesForm(rule, form.id))) continue
      said.set(form.id, { form, answers: (await readPublished(desk, published.evidence)).answers })
    }
    const seen = await seenOf(desk, known)
    const { broken, untold, agreed } = compare(policy.rules, said satisfies Said, seen, domainOf)
    const evidence = await evidenceOf(desk, known, document)
    for (const rule of policy.rules) {
      const state = before.get(rule.id) ?? contradiction.initial
      const is_broken = broken.includes(rule)
      if (is_broken && state.status === 'none') {
        const due_at = plus(desk.now, policy.settle_within as Duration, pack.programme.zone)
        const of = { form: rule.form, field: rule.field, due_at, evidence, record: policy.record, state: policy.state }
        told.push(...contradiction.decide({ do: 'find', app, rule: rule.id, ...of }, state, desk.now))
      }
      // What could not be looked at settles nothing: going dark is no way out.
      if (!is_broken && !untold.includes(rule) && state.status !== 'none') {
        told.push(...contradiction.decide({ do: 'settle', app, rule: rule.id }, state, desk.now))
      }
    }
    told.push(
      ...(await witnessedAnew(
        desk,
        app,
        forms.map(({ id }) => id),
        agreed,
      )),
    )
  }
  if (told.length === 0) return
  await desk.record(
    told.map(({ type, payload }) => ({ stream, subject: app, type, payload })),
    { expect: { stream, version: events.length } },
  )
}

/** What a partner says to a contradiction: why both the answer and what was seen are true. */
export async function explainContradiction(house: House, who: Acting, app: string, rule: string, text: string): Promise<void> {
  if (text.trim() === '') throw new Refused('assessments.no_reason', 'Say why the answer is right all the same.', 'text')
  await house.act(who, 'answer-form', await onApp(house, app), async (desk) => {
    const by = personBehind(who)
    const evidence = await keptWords(desk, app, rule, by, text)
    await decided(desk, { do: 'explain', app, rule, by, evidence })
  })
}

/** What a reviewer makes of the explanation: it stands as long as both stay as they are, or it does not. */
export async function judgeExplanation(
  house: House,
  who: Acting,
  app: string,
  rule: string,
  given: { readonly decision: 'accept' | 'refuse'; readonly note: string },
): Promise<void> {
  const on = await onApp(house, app)
  if (given.decision === 'refuse' && given.note.trim() === '') {
    throw new Refused('assessments.no_reason', 'Say why the explanation does not hold.', 'note')
  }
  await house.act(who, 'review-attestation', on, async (desk) => {
    const by = personBehind(who)
    const of_the_partner =
      who.kind === 'person' && who.memberships.some(({ kind, organisation }) => kind === 'partner' && organisation === on.organisation)
    const evidence = given.note.trim() === '' ? [] : await keptWords(desk, app, rule, by, given.note)
    await decided(desk, { do: given.decision, app, rule, by, of_the_partner, evidence })
  })
}

async function decided(desk: Desk, command: ContradictionCommand): Promise<void> {
  const stream = assessmentStream(command.app)
  const events = await desk.asMachine(() => desk.log.stream(stream))
  const facts = contradiction.decide(command, statesIn(events).get(command.rule) ?? contradiction.initial, desk.now)
  await desk.record(
    facts.map(({ type, payload }) => ({ stream, subject: command.app, type, payload })),
    { expect: { stream, version: events.length } },
  )
}

const OF_CONTRADICTION = {
  'assessments.contradiction_found': true,
  'assessments.contradiction_settled': true,
  'assessments.contradiction_explained': true,
  'assessments.explanation_accepted': true,
  'assessments.explanation_refused': true,
  'assessments.contradiction_told': true,
} as const satisfies Record<ContradictionEvent['type'], true>

function statesIn(events: readonly RecordedEvent[]): ReadonlyMap<string, ContradictionState> {
  const states = new Map<string, ContradictionState>()
  for (const event of events) {
    if (!Object.hasOwn(OF_CONTRADICTION, event.type)) continue
    // The guarantee of the cast: only this slice appends to this stream, and the types are those of a contradiction.
    const one = event as RecordedEvent & ContradictionEvent
    states.set(one.payload.rule, contradiction.evolve(states.get(one.payload.rule) ?? contradiction.initial, one))
  }
  return states
}

const usesForm = ({ form, seen }: AnswersSeen['rules'][number], id: string): boolean =>
  form === id || ('answer' in seen && seen.answer.form === id)

async function seenOf(desk: Desk, app: AppDocument): Promise<Seen> {
  const scans = await desk.documents.get<ScansDocument>(SCANS, app.app)
  const certifications = await desk.documents.get<CertificationsDocument>(CERTIFICATIONS, app.organisation)
  return {
    hosting: app.hosting,
    egress: app.egress,
    own_domains: domainsOf(app.base_urls),
    checks: Object.fromEntries(Object.entries(scans?.checks ?? {}).map(([check, { outcome }]) => [check, outcome])),
    certifications: Object.values(certifications?.certifications ?? {}).filter((one) => holds(one, desk.now)).length,
  }
}

async function evidenceOf(desk: Desk, app: AppDocument, document: AssessmentDocument): Promise<readonly Digest[]> {
  const scans = await desk.documents.get<ScansDocument>(SCANS, app.app)
  return [
    ...(app.descriptor_evidence === null ? [] : [app.descriptor_evidence]),
    ...(scans?.last === null || scans === null ? [] : [scans.last.report]),
    ...Object.values(document.forms).flatMap(({ evidence }) => evidence),
  ]
}

async function witnessedAnew(
  desk: Desk,
  app: string,
  forms: readonly string[],
  agreed: readonly { readonly form: string; readonly field: string }[],
): Promise<readonly AssessmentEvent[]> {
  const known = (await desk.documents.get<ContradictionsDocument>(CONTRADICTIONS, app))?.witnessed ?? {}
  return forms.flatMap((form) => {
    const fields = agreed
      .filter((one) => one.form === form)
      .map(({ field }) => field)
      .toSorted()
    if ((known[form] ?? []).join('\n') === fields.join('\n')) return []
    return [{ type: 'assessments.answers_witnessed' as const, payload: { app, form, fields } }]
  })
}

/** The registrable domain of an address of egress, which may be a pattern such as `*.example.com`. */
function domainOf(address: string): string | null {
  const plain = address.replace(/^(\w+:\/\/)?\*\./, '$1')
  return domainsOf([/^\w+:\/\//.test(plain) ? plain : `https://${plain}`])[0] ?? null
}

const keptWords = (desk: Desk, app: string, rule: string, by: string, text: string): Promise<readonly Digest[]> =>
  desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject: app,
        kind: 'explanation',
        observed_at: desk.now,
        source: { by, via: 'contradiction' },
        visibility: 'partner',
        body: { rule, note: text.trim().toWellFormed().replaceAll('\0', '') },
      },
    ]),
  )
