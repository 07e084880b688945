import { APPS, type AppDocument } from '../directory/apps-view.ts'
import type { Acting } from '../enrolment/authorise.ts'
import type { House, Job } from '../house.ts'
import { MINUTE_MS } from '../kernel/time.ts'
import { SCANS, type ScansDocument } from '../scanning/scans-view.ts'
import { readPublished } from './answering.ts'
import { ASSESSMENTS, type AssessmentDocument } from './assessments-view.ts'
import { CERTIFICATIONS, type CertificationsDocument } from './certifications-view.ts'
import { answersSeenIn, compared } from './comparing.ts'
import { readListingDocuments } from './reading-documents.ts'

const MACHINE: Acting = { kind: 'machine', name: 'answers' }

/** What an app looked like when its answers were last held against it, so that nothing is compared twice for nothing. */
const looked = new WeakMap<House, Map<string, string>>()

/** Holds the answers of every app against what is known of it, where either has changed. Answers with how many were compared. */
export async function compareAnswers(house: House, signal?: AbortSignal): Promise<number> {
  const before = looked.get(house) ?? new Map<string, string>()
  looked.set(house, before)
  const due = await house.act(MACHINE, 'judge-app', {}, async (desk) => {
    const rules = answersSeenIn(house.packs, desk.now).map(({ policy, pack }) => `${pack.programme.id} ${policy.id} ${policy.since}`)
    const apps = new Map((await desk.documents.list<AppDocument>(APPS)).map(({ key, document }) => [key, document]))
    const scans = new Map((await desk.documents.list<ScansDocument>(SCANS)).map(({ key, document }) => [key, document.last?.report]))
    const certified = new Map(
      (await desk.documents.list<CertificationsDocument>(CERTIFICATIONS)).map(({ key, document }) => [key, document]),
    )
    return (await desk.documents.list<AssessmentDocument>(ASSESSMENTS)).flatMap(({ key: app, document }) => {
      const known = apps.get(app)
      if (known === undefined) return []
      const answers = Object.values(document.forms).flatMap(({ evidence }) => evidence)
      const { certifications = {} } = certified.get(known.organisation) ?? {}
      const word = JSON.stringify([rules, known.descriptor, known.base_urls, scans.get(app), answers, certifications])
      return before.get(app) === word ? [] : [{ app, word }]
    })
  })
  for (const { app, word } of due) {
    if (signal?.aborted === true) break
    await house.act(MACHINE, 'judge-app', {}, (desk) => compared(desk, house.packs, app, readPublished))
    before.set(app, word)
  }
  return due.length
}

/** A descriptor or a scan changes an hour or a day apart; a look each quarter of an hour is soon enough. */
export const compareAnswersJob: Job = {
  name: 'compare-answers',
  every_ms: 15 * MINUTE_MS,
  run: async (house, signal) => void (await compareAnswers(house, signal)),
}

/** Reads the documents of listings whose time has come. */
export const listingDocumentsJob: Job = {
  name: 'read-listing-documents',
  every_ms: 15 * MINUTE_MS,
  run: async (house, signal) => void (await readListingDocuments(house, signal)),
}
