import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { answerComment, commentOn, readComments, removeComment } from '../consultations/commenting.ts'
import { refusalOf, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf } from '../platform/http/forms.ts'
import { changelogIn, versionOf, type VersionRead } from './documentation.ts'
import { requirementUnder } from './pages/addresses.ts'
import { chromeOf } from './pages/chrome.ts'
import { AllCommentsPage, CommentsSection, type Commenter } from './pages/comments.tsx'
import type { Errors, Typed } from './pages/form.tsx'
import { page } from './pages/render.ts'
import { RequirementPage } from './pages/requirement.tsx'
import { requirementOf, type Shelved } from './shelf.ts'
import { asStranger, programmeRead, readPartnerNames, sendPage } from './showing.ts'

const PUBLIC = { act: 'read-public-pages', page: true } as const
const Version = z.strictObject({ programme: z.string().max(100), version: z.string().max(40) })
const Under = Version.extend({ requirement: z.string().max(200) })
const OneComment = Under.extend({ comment: z.string().max(60) })
const Fields = z.record(z.string(), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()

type UnderOf = z.infer<typeof Under>

/** What was done, told once after the redirect. */
const DONE: { readonly [done: string]: string | undefined } = {
  commented: 'Your comment is published.',
  answered: 'Your answer is published.',
  removed: 'The comment is gone. That it was here stays.',
}

/** A requirement under one version with what people wrote to it, and the forms of a consultation. */
export function registerCommentRoutes(app: Routes, house: House, demo: { readonly now: () => string } | null = null): void {
  const chrome = (request: FastifyRequest) =>
    chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: '/programmes' })

  const show = async (
    request: FastifyRequest,
    of: UnderOf,
    with_: { readonly values?: Typed; readonly errors?: Errors; readonly told?: string | null },
  ) => {
    const read = await asStranger(house, (desk) => underRead(house, desk, of))
    const { row, consultation } = read.under
    const comments =
      row.consultation === undefined || consultation === 'none' ? null : (
        <CommentsSection
          {...of}
          consultation={consultation}
          days={row.consultation}
          comments={read.comments}
          nameOf={read.nameOf}
          commenter={commenterOf(request.acting, read.nameOf)}
          values={with_.values ?? {}}
          errors={with_.errors ?? {}}
          told={with_.told ?? null}
        />
      )
    return (
      <RequirementPage chrome={chrome(request)} {...read}>
        {comments}
      </RequirementPage>
    )
  }

  app.get(
    '/programmes/:programme/versions/:version/requirements/:requirement',
    {
      config: { ...PUBLIC, answers: 'text/html' },
      schema: {
        summary: 'A requirement as it reads under a version, as a page',
        tags: ['programmes'],
        params: Under,
        querystring: z.object({ done: z.string().max(40).optional() }),
      },
    },
    async (request, reply) =>
      sendPage(request, reply, await show(request, request.params, { told: DONE[request.query.done ?? ''] ?? null })),
  )

  app.get(
    '/programmes/:programme/versions/:version/comments',
    { config: PUBLIC, schema: { hide: true, params: Version } },
    async (request, reply) => {
      const { programme, version } = request.params
      const read = await asStranger(house, async (desk) => ({
        ...(await versionRead(house, desk, request.params)),
        comments: await readComments(house, desk, { programme, version }),
        nameOf: await nameOf(house, desk),
      }))
      const titleOf = (id: string) => requirementOf(read.under.catalogue, id)?.title ?? id
      const props = { programme: read.shelved.pack.programme, version, comments: read.comments, titleOf, nameOf: read.nameOf }
      return sendPage(request, reply, <AllCommentsPage chrome={chrome(request)} {...props} />)
    },
  )

  /** Does what a form asks, or shows the page again with what was typed and what is wrong. */
  const doing = async (
    request: FastifyRequest,
    reply: FastifyReply,
    of: UnderOf,
    given: { readonly done: string; readonly field: string; readonly values: Typed; readonly act: () => Promise<unknown> },
  ) => {
    try {
      await given.act()
      return await reply.redirect(`${requirementUnder(of.programme, of.version, of.requirement)}?done=${given.done}#comments`, 303)
    } catch (error) {
      if (!isRefused(error) || error.code.startsWith('enrolment.sign')) throw error
      const shown = await show(request, of, { values: given.values, errors: { [given.field]: error.message } })
      return reply.status(400).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page(shown))
    }
  }

  app.post(
    '/programmes/:programme/versions/:version/requirements/:requirement/comments',
    { config: PUBLIC, schema: { hide: true, params: Under, body: Fields } },
    async (request, reply) => {
      const fields = request.body ?? {}
      const words = textOf(fields, 'words')
      const wanted = textOf(fields, 'organisation')
      const organisation = wanted === '' ? null : wanted
      const values = { words, organisation: wanted }
      const act = () => commentOn(house, request.acting, request.params, { words, organisation })
      return doing(request, reply, request.params, { done: 'commented', field: 'words', values, act })
    },
  )

  app.post(
    '/programmes/:programme/versions/:version/requirements/:requirement/comments/:comment/answer',
    { config: { act: 'answer-comment', page: true }, schema: { hide: true, params: OneComment, body: Fields } },
    async (request, reply) => {
      const fields = request.body ?? {}
      const field = `answer-${request.params.comment}`
      const words = textOf(fields, 'words')
      const outcome = textOf(fields, 'outcome') === 'accepted' ? 'accepted' : 'declined'
      const act = () => answerComment(house, request.acting, request.params, { outcome, words })
      return doing(request, reply, request.params, { done: 'answered', field, values: { [field]: words }, act })
    },
  )

  app.post(
    '/programmes/:programme/versions/:version/requirements/:requirement/comments/:comment/remove',
    { config: PUBLIC, schema: { hide: true, params: OneComment, body: Fields } },
    async (request, reply) => {
      const fields = request.body ?? {}
      const field = `remove-${request.params.comment}`
      const words = textOf(fields, 'words')
      const act = () => removeComment(house, request.acting, request.params, { words, organisation: null })
      return doing(request, reply, request.params, { done: 'removed', field, values: { [field]: words }, act })
    },
  )
}

async function versionRead(house: House, desk: Desk, of: { readonly programme: string; readonly version: string }) {
  const read = await programmeRead(house, desk, of.programme)
  const under = versionOf(read.shelved, of.version, read.now)
  if (under === null) throw noVersion(read.shelved, of.version)
  return { ...read, under }
}

/** That a programme has no such version, with those that it has. */
export const noVersion = ({ pack }: Shelved, version: string): Refused =>
  new Refused(
    'http.not_found',
    `${pack.programme.title} has no version "${version}"; there are ${pack.catalogues.map((one) => one.version).join(', ')}.`,
    version,
  )

async function underRead(house: House, desk: Desk, of: UnderOf) {
  const read = await versionRead(house, desk, of)
  const requirement = requirementOf(read.under.catalogue, of.requirement)
  if (requirement === null)
    throw new Refused('http.not_found', `Version ${of.version} has no requirement "${of.requirement}".`, of.requirement)
  return {
    ...read,
    requirement,
    changelog: changelogIn(read.shelved, requirement.id),
    comments: read.under.row.consultation === undefined ? [] : await readComments(house, desk, of),
    nameOf: await nameOf(house, desk),
  }
}

/** Partners by their public name; whoever is none writes for the operator, whose marketplace it is. */
async function nameOf(house: House, desk: Desk): Promise<(organisation: string) => string> {
  const names = await readPartnerNames(desk)
  return (organisation) => {
    const name = names(organisation)
    return name === organisation ? house.config.marketplace : name
  }
}

function commenterOf(who: Acting, named: (organisation: string) => string): Commenter {
  if (who.kind !== 'person') return { writes_for: [], may_answer: false }
  const own = who.memberships.filter(({ organisation, kind }) => {
    if (kind !== 'partner' && kind !== 'operator') return false
    return refusalOf(who, 'comment-on-draft', kind === 'partner' ? { organisation } : {}) === null
  })
  return {
    writes_for: own.map(({ organisation }) => ({ organisation, name: named(organisation) })),
    may_answer: refusalOf(who, 'answer-comment') === null,
  }
}

/** How many comments each requirement of a version has; null where it was never consulted on. */
export async function countComments(
  house: House,
  desk: Desk,
  { row, catalogue }: VersionRead,
): Promise<{ readonly [requirement: string]: number } | null> {
  if (row.consultation === undefined) return null
  const counts: { [requirement: string]: number } = {}
  for (const { requirement, removed } of await readComments(house, desk, { programme: catalogue.programme.id, version: row.version })) {
    if (removed === null) counts[requirement] = (counts[requirement] ?? 0) + 1
  }
  return counts
}
