import { personBehind, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { after, DAY_MS, type Instant } from '../kernel/time.ts'
import { newId } from '../platform/clock.ts'
import { keepEvidence, readEvidence } from '../platform/evidence.ts'
import { certification, holds, type CertificationCommand, type CertificationState } from './certification.ts'
import { CERTIFICATIONS, type CertificationsDocument } from './certifications-view.ts'
import { partnerSubject, type CertificationEvent } from './events.ts'

/** What a certificate says. */
export type Certificate = {
  /** Such as ISO 27001:2022 or SOC 2 Type 2. */
  readonly standard: string
  readonly issuer: string
  /** What it covers. */
  readonly scope: string
  readonly issued_on: string
  /** The last day on which it holds. */
  readonly expires_on: string
  /** Where it can be looked up, or null. */
  readonly link: string | null
}

/** A certification as it stands, with what its certificate says. */
export type CertificationTold = Pick<CertificationState, 'status'> & {
  readonly certification: string
  readonly holds: boolean
  readonly certificate: Certificate | null
}

/** Enters a certificate of a partner. Answers with the record's id. */
export async function recordCertification(house: House, who: Acting, organisation: string, given: Certificate): Promise<string> {
  const certificate = checked(given)
  return house.act(who, 'answer-form', { organisation }, async (desk) => {
    const id = newId('cert')
    const by = personBehind(who)
    const subject = partnerSubject(organisation)
    const evidence = await desk.asMachine(async () => {
      const party = { marketplace_id: desk.scope.marketplace, subject, organisation_id: organisation }
      await desk.sql
        .insertInto('subject_party')
        .values(party)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const source = { by, via: 'certificate' }
      return keepEvidence(desk, [
        { subject, kind: 'certificate', observed_at: desk.now, source, visibility: 'public', body: { ...certificate } },
      ])
    })
    // A certificate holds through its last day, wherever on earth that ends.
    const expires_at = after(`${certificate.expires_on}T00:00:00.000Z` as Instant, DAY_MS)
    await decided(desk, organisation, {
      do: 'record',
      certification: id,
      organisation,
      by,
      issued_on: certificate.issued_on,
      expires_at,
      evidence,
    })
    return id
  })
}

/** Takes a certificate back. */
export async function withdrawCertification(house: House, who: Acting, organisation: string, id: string): Promise<void> {
  await house.act(who, 'answer-form', { organisation }, (desk) =>
    decided(desk, organisation, { do: 'withdraw', certification: id, by: personBehind(who) }),
  )
}

/** Confirms that a certificate was seen and is what it says, or refuses it with the reason. */
export async function reviewCertification(
  house: House,
  who: Acting,
  organisation: string,
  id: string,
  given: { readonly decision: 'confirm' | 'refuse'; readonly note: string },
): Promise<void> {
  if (given.decision === 'refuse' && given.note.trim() === '') {
    throw new Refused('assessments.no_reason', 'Say why, so that the partner can do something about it.', 'note')
  }
  await house.act(who, 'review-attestation', { organisation }, async (desk) => {
    const by = personBehind(who)
    const of_the_partner =
      who.kind === 'person' && who.memberships.some((one) => one.kind === 'partner' && one.organisation === organisation)
    if (given.decision === 'confirm') return decided(desk, organisation, { do: 'confirm', certification: id, by, of_the_partner })
    const body = { certification: id, note: given.note.trim().toWellFormed().replaceAll('\0', '') }
    const source = { by, via: 'review' }
    const evidence = await desk.asMachine(() =>
      keepEvidence(desk, [
        { subject: partnerSubject(organisation), kind: 'certificate-review', observed_at: desk.now, source, visibility: 'partner', body },
      ]),
    )
    return decided(desk, organisation, { do: 'refuse', certification: id, by, of_the_partner, evidence })
  })
}

/** A partner's certifications as the transaction's party may read them, those that hold first. */
export async function readCertifications(desk: Desk, organisation: string): Promise<readonly CertificationTold[]> {
  const document = await desk.documents.get<CertificationsDocument>(CERTIFICATIONS, organisation)
  const told: CertificationTold[] = []
  for (const [id, state] of Object.entries(document?.certifications ?? {})) {
    const [first] = state.evidence
    // The guarantee of the cast: only `recordCertification` keeps evidence that certifications name.
    const certificate = first === undefined ? null : ((await readEvidence(desk, first))?.body as Certificate | null | undefined)
    told.push({ certification: id, status: state.status, holds: holds(state, desk.now), certificate: certificate ?? null })
  }
  return told.toSorted((a, b) => Number(b.holds) - Number(a.holds))
}

async function decided(desk: Desk, organisation: string, command: CertificationCommand): Promise<void> {
  const stream = `certification/${command.certification}`
  const events = await desk.asMachine(() => desk.log.stream(stream))
  const state = events
    // The guarantee of the cast: only this file and the reactor append to this stream.
    .map((event) => event as RecordedEvent & CertificationEvent)
    .reduce((before, event) => certification.evolve(before, event), certification.initial)
  if (command.do !== 'record' && state.organisation !== organisation) {
    throw new Refused(
      'assessments.no_such_certification',
      'This partner has no such certificate here.',
      command.certification.slice(0, 100),
    )
  }
  const facts = certification.decide(command, state, desk.now)
  await desk.record(
    facts.map(({ type, payload }) => ({ stream, subject: partnerSubject(organisation), type, payload })),
    { expect: { stream, version: events.length } },
  )
}

const DAY = /^\d{4}-\d\d-\d\d$/

function checked(given: Certificate): Certificate {
  const text = (name: 'standard' | 'issuer' | 'scope', most: number): string => {
    const value = given[name].trim()
    if (value === '' || value.length > most || !value.isWellFormed() || /[\p{Cc}]/u.test(value.replaceAll(/[\r\n\t]/g, ' '))) {
      throw new Refused('assessments.bad_certificate', `Say this in 1 to ${most} characters.`, name)
    }
    return value
  }
  const day = (name: 'issued_on' | 'expires_on'): string => {
    const value = given[name].trim()
    const read = new Date(`${value}T00:00:00Z`)
    if (!DAY.test(value) || Number.isNaN(read.getTime()) || !read.toISOString().startsWith(value)) {
      throw new Refused('assessments.bad_certificate', 'Write a day like 2026-11-23.', name)
    }
    return value
  }
  const issued_on = day('issued_on')
  const expires_on = day('expires_on')
  if (expires_on < issued_on) throw new Refused('assessments.bad_certificate', 'It ends before it begins.', 'expires_on')
  return {
    standard: text('standard', 100),
    issuer: text('issuer', 200),
    scope: text('scope', 1_000),
    issued_on,
    expires_on,
    link: linkIn(given.link),
  }
}

function linkIn(link: string | null): string | null {
  const text = (link ?? '').trim()
  if (text === '') return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (
    url === null ||
    text.length > 2_000 ||
    (url.protocol !== 'https:' && url.protocol !== 'http:') ||
    url.username !== '' ||
    url.password !== ''
  ) {
    throw new Refused('assessments.bad_certificate', 'Write an address like https://registry.example.com/certificate.', 'link')
  }
  return url.href
}
