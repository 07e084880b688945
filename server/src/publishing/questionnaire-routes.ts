import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { formsInForce, readOwnSheets, readPublished } from '../assessments/answering.ts'
import { readCertifications, type CertificationTold } from '../assessments/certifying.ts'
import { asCsv, csvCell, project, rowsOf, type ProjectedRow, type Sheet } from '../assessments/projection.ts'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { Routes } from '../platform/http/app.ts'
import { zip, type ZipFile } from '../platform/zip.ts'
import { inForce } from '../programmes/load.ts'
import type { Questionnaire } from '../programmes/schema.ts'
import { PUBLIC_ANSWERS, type PublicAnswers } from './public-answers-view.ts'
import { PUBLIC_APPS, type PublicApp } from './public-app.ts'
import { asStranger } from './showing.ts'

const Id = z.string().min(1).max(100)
const Row = z.strictObject({
  id: z.string(),
  about: z.string(),
  state: z.enum(['answered', 'not_provided', 'not_asked']),
  answer: z.enum(['yes', 'no', 'na']).nullable(),
  given: z.record(z.string(), z.unknown()),
  source: z
    .strictObject({
      form: z.string(),
      field: z.string(),
      ask: z.string(),
      origin: z.strictObject({ from: z.enum(['app', 'partner']), since: z.string() }).nullable(),
    })
    .nullable(),
})
const FilledIn = z
  .strictObject({
    app: z.string(),
    questionnaire: z.string(),
    title: z.string(),
    whose: z.string(),
    as_of: z.string(),
    answered: z.int(),
    not_provided: z.int(),
    not_asked: z.int(),
    rows: z.array(Row),
  })
  .meta({ id: 'FilledInQuestionnaire' })

/** Whose answers a download is made from: those that everybody may read, or all that the partner has published. */
type Audience = 'public' | 'whole'

/** An app's answers as buyers ask for them: other questionnaires filled in from the same answers, and all of it as one file. */
export function registerQuestionnaireRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['public']
  for (const { audience, config, path } of [
    { audience: 'public', config: { act: 'read-public-pages' }, path: '' },
    { audience: 'whole', config: { act: 'answer-form', on }, path: '/whole' },
  ] as const) {
    const words = audience === 'public' ? 'as far as everybody may read it' : 'with what is not public, for its partner'

    app.get(
      `/api/v1/apps/:app/questionnaires/:questionnaire${path}`,
      {
        config,
        schema: {
          summary: `A questionnaire filled in from an app’s answers, ${words}`,
          tags,
          params: z.strictObject({ app: Id, questionnaire: Id }),
          response: { 200: FilledIn },
        },
      },
      async (request) => {
        const read = await sheetsFor(house, request, audience)
        return filledIn(read, questionnaireIn(house, request.params.questionnaire))
      },
    )

    app.get(
      `/api/v1/apps/:app/questionnaires/:questionnaire${path}.csv`,
      {
        config: { ...config, answers: 'text/csv' },
        schema: { summary: `The same as CSV, ${words}`, tags, params: z.strictObject({ app: Id, questionnaire: Id }) },
      },
      async (request, reply) => {
        const read = await sheetsFor(house, request, audience)
        const questionnaire = questionnaireIn(house, request.params.questionnaire)
        const name = `${read.app}-${questionnaire.id}.csv`
        return sendFile(reply, 'text/csv; charset=utf-8', name, asCsv(project(questionnaire, read.sheets)))
      },
    )

    app.get(
      `/api/v1/apps/:app/security-pack${path}.zip`,
      {
        config: { ...config, answers: 'application/zip' },
        schema: {
          summary: `All answers of an app and its partner’s certificates as one ZIP, ${words}`,
          tags,
          params: z.strictObject({ app: Id }),
        },
      },
      async (request, reply) => {
        const read = await sheetsFor(house, request, audience)
        return sendFile(reply, 'application/zip', `${read.app}-security-pack.zip`, zip(packOf(house, read, audience)))
      },
    )
  }
}

type Read = {
  readonly app: string
  readonly name: string
  readonly as_of: Instant
  readonly sheets: readonly Sheet[]
  readonly certifications: readonly CertificationTold[]
}

async function sheetsFor(house: House, request: FastifyRequest, audience: Audience): Promise<Read> {
  const { app: id } = request.params as { readonly app: string }
  const read = await asStranger(house, async (desk) => {
    const app = await desk.documents.get<PublicApp>(PUBLIC_APPS, id)
    if (app === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
    const told = (await desk.documents.get<PublicAnswers>(PUBLIC_ANSWERS, id))?.forms ?? {}
    const sheets: Sheet[] = []
    for (const form of formsInForce(house.packs, desk.now)) {
      const published = told[form.id]
      if (published !== undefined) sheets.push({ form, ...(await readPublished(desk, published.evidence)) })
    }
    const certifications = (await readCertifications(desk, app.partner)).filter(({ holds }) => holds)
    return { app: app.app, name: app.name, as_of: desk.now, sheets, certifications }
  })
  return audience === 'public' ? read : { ...read, sheets: await readOwnSheets(house, request.acting, id) }
}

function questionnairesIn(house: House, at: Instant): readonly Questionnaire[] {
  return house.packs.flatMap((pack) =>
    (inForce(pack, at)?.policies ?? []).flatMap((policy) => (policy.kind === 'questionnaire' ? [policy] : [])),
  )
}

function questionnaireIn(house: House, id: string): Questionnaire {
  const found = questionnairesIn(house, house.clock.now()).find((one) => one.id === id)
  if (found !== undefined) return found
  throw new Refused('assessments.no_such_questionnaire', `No programme in force here fills in a questionnaire "${id}".`, id)
}

const countOf = (rows: readonly ProjectedRow[], state: ProjectedRow['state']): number => rows.filter((row) => row.state === state).length

function filledIn({ app, as_of, sheets }: Read, questionnaire: Questionnaire) {
  const rows = project(questionnaire, sheets)
  const { id, title, whose } = questionnaire
  return {
    app,
    questionnaire: id,
    title,
    whose,
    as_of,
    answered: countOf(rows, 'answered'),
    not_provided: countOf(rows, 'not_provided'),
    not_asked: countOf(rows, 'not_asked'),
    rows: rows.map((row) => ({ ...row, given: { ...row.given } })),
  }
}

/** The files of a pack: each questionnaire and each form as CSV and JSON, the certificates, and what all this is. */
function packOf(house: House, read: Read, audience: Audience): readonly ZipFile[] {
  const shown = audience === 'public' ? (['public'] as const) : (['public', 'partner', 'operator'] as const)
  const forms = read.sheets
    .map((sheet) => ({ sheet, rows: rowsOf(sheet, shown) }))
    .filter(({ rows }) => rows.some(({ state }) => state === 'answered'))
  const questionnaires = questionnairesIn(house, read.as_of)
  return [
    { name: 'README.txt', text: readme(house, read, audience, questionnaires) },
    ...questionnaires.flatMap((questionnaire) => [
      { name: `questionnaires/${questionnaire.id}.csv`, text: asCsv(project(questionnaire, read.sheets)) },
      { name: `questionnaires/${questionnaire.id}.json`, text: `${JSON.stringify(filledIn(read, questionnaire), null, 2)}\n` },
    ]),
    ...forms.flatMap(({ sheet, rows }) => [
      { name: `answers/${sheet.form.id}.csv`, text: asCsv(rows) },
      {
        name: `answers/${sheet.form.id}.json`,
        text: `${JSON.stringify({ form: sheet.form.id, answers: sheet.answers, origins: sheet.origins }, null, 2)}\n`,
      },
    ]),
    { name: 'certificates.csv', text: certificatesCsv(read.certifications) },
  ]
}

function readme(house: House, read: Read, audience: Audience, questionnaires: readonly Questionnaire[]): string {
  const counts = questionnaires.map((questionnaire) => {
    const rows = project(questionnaire, read.sheets)
    const told = `${countOf(rows, 'answered')} of ${rows.length} answered, ${countOf(rows, 'not_provided')} not provided, ${countOf(rows, 'not_asked')} not asked by any programme here`
    return `- questionnaires/${questionnaire.id}.csv: ${questionnaire.title} (${questionnaire.whose}). ${told}.`
  })
  return [
    `Security answers of ${read.app}, as of ${read.as_of}, from ${house.config.marketplace}.`,
    audience === 'public' ? 'What everybody may read.' : 'With answers that are not public. Mind to whom you give it.',
    '',
    'These are answers of the app’s partner. Each says for what it was given (this app, or all apps of the partner) and since',
    'when it has said the same. What nobody answered is called "Data not provided".',
    '',
    ...counts,
    '- answers/: every form with its questions.',
    read.certifications.length === 0
      ? '- certificates.csv: no certificate is recorded.'
      : '- certificates.csv: certificates that hold on that day.',
    '',
    `The page of the app: ${house.public_url()}/apps/${encodeURIComponent(read.app)}`,
    '',
  ].join('\n')
}

function certificatesCsv(certifications: readonly CertificationTold[]): string {
  const head = ['standard', 'issuer', 'scope', 'issued on', 'holds until', 'link', 'known by']
  const lines = certifications.flatMap(({ certificate, status }) =>
    certificate === null
      ? []
      : [
          [
            certificate.standard,
            certificate.issuer,
            certificate.scope,
            certificate.issued_on,
            certificate.expires_on,
            certificate.link ?? '',
            status === 'confirmed' ? 'confirmed by a reviewer' : 'entered by the partner',
          ],
        ],
  )
  return `${[head, ...lines].map((cells) => cells.map(csvCell).join(',')).join('\r\n')}\r\n`
}

/** Sends a file to be kept, not to be shown. Names come from ids, which hold nothing that a header minds. */
const sendFile = (reply: FastifyReply, type: string, name: string, body: string | Uint8Array): FastifyReply =>
  reply
    .header('content-disposition', `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}"`)
    .header('cache-control', 'no-store')
    .type(type)
    .send(typeof body === 'string' ? body : Buffer.from(body))
