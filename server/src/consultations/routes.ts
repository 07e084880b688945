import { z } from 'zod'
import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { answerComment, commentOn, readComments, removeComment, type CommentRead } from './commenting.ts'

const tags = ['programmes']
const Version = z.strictObject({ programme: z.string().max(100), version: z.string().max(40) })
const Draft = Version.extend({ requirement: z.string().max(200) })
const OneComment = Draft.extend({ comment: z.string().max(60) })

/** Longer than any that is taken: the refusal says the bound. */
const Words = z.string().max(20_000)

const CommentOut = z.strictObject({
  comment: z.string(),
  requirement: z.string(),
  organisation: z.string(),
  at: z.string(),
  words: z.string().nullable().meta({ description: 'Null when it was taken back or down.' }),
  digest: z.string().meta({ description: 'Hash of the rules that were written to.' }),
  of_an_earlier_text: z.boolean(),
  removed: z.enum(['author', 'operator']).nullable(),
  answer: z.strictObject({ outcome: z.enum(['accepted', 'declined']), at: z.string(), words: z.string().nullable() }).nullable(),
})
const Comments = z.strictObject({ comments: z.array(CommentOut) }).meta({ id: 'Comments' })
const Done = z.strictObject({ done: z.literal(true) })

/** Comments on drafts for programs: everybody reads, people write. */
export function registerConsultationRoutes(app: Routes, house: House): void {
  app.get(
    '/api/v1/programmes/:programme/versions/:version/comments',
    {
      config: { act: 'read-public-pages' },
      schema: { summary: 'Comments on a draft, and what was answered', tags, params: Version, response: { 200: Comments } },
    },
    async (request, reply) => {
      const comments = await house.act({ kind: 'public' }, 'read-public-pages', {}, (desk) => readComments(house, desk, request.params))
      reply.header('access-control-allow-origin', '*')
      return { comments: comments.map(commentOut) }
    },
  )

  app.post(
    '/api/v1/programmes/:programme/versions/:version/requirements/:requirement/comments',
    {
      // For which organisation is checked where the body is understood.
      config: { act: 'read-public-pages' },
      schema: {
        summary: 'Comment on a requirement of a draft',
        tags,
        params: Draft,
        body: z.strictObject({
          words: Words,
          organisation: z.string().max(100).optional().meta({ description: 'For which you write, where you belong to several.' }),
        }),
        response: { 201: z.strictObject({ comment: z.string() }) },
      },
    },
    async (request, reply) => {
      const { words, organisation = null } = request.body
      return reply.status(201).send({ comment: await commentOn(house, request.acting, request.params, { words, organisation }) })
    },
  )

  app.post(
    '/api/v1/programmes/:programme/versions/:version/requirements/:requirement/comments/:comment/answer',
    {
      config: { act: 'answer-comment' },
      schema: {
        summary: 'Answer a comment on a draft, with a reason',
        tags,
        params: OneComment,
        body: z.strictObject({ outcome: z.enum(['accepted', 'declined']), words: Words }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await answerComment(house, request.acting, request.params, request.body)
      return { done: true as const }
    },
  )

  app.post(
    '/api/v1/programmes/:programme/versions/:version/requirements/:requirement/comments/:comment/remove',
    {
      // Whoever wrote it, or a reviewer: checked where it is known which.
      config: { act: 'read-public-pages' },
      schema: {
        summary: 'Take a comment back, or down',
        tags,
        params: OneComment,
        body: z.strictObject({ words: Words.default(''), organisation: z.string().max(100).optional() }),
        response: { 200: Done },
      },
    },
    async (request) => {
      const { words, organisation = null } = request.body
      await removeComment(house, request.acting, request.params, { words, organisation })
      return { done: true as const }
    },
  )
}

const commentOut = ({
  comment,
  requirement,
  organisation,
  at,
  words,
  digest,
  removed,
  ...one
}: CommentRead): z.infer<typeof CommentOut> => ({
  comment,
  requirement,
  organisation,
  at,
  words,
  digest,
  of_an_earlier_text: one.of_an_earlier_text,
  removed,
  answer: one.answer === null ? null : { outcome: one.answer.outcome, at: one.answer.at, words: one.answer_words },
})
