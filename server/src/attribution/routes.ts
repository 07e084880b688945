import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import { parseInstant } from '../kernel/time.ts'
import type { Routes } from '../platform/http/app.ts'
import { contestEntry, declineEntry, proposeEntry, reverseEntry, signEntry } from './deciding.ts'
import { LEDGERS, type LedgerDocument } from './ledger-view.ts'

const AppParams = z.strictObject({ app: z.string().min(1).max(100) })
const EntryParams = z.strictObject({ app: z.string().min(1).max(100), entry: z.string().min(1).max(60) })
const Words = z.string().max(20_000)
const Moment = z.string().max(40)
const tags = ['ledger']

const Entry = z
  .strictObject({
    entry: z.string(),
    status: z.enum(['proposed', 'signed', 'declined', 'contested', 'upheld', 'reversed']),
    cause: z.string(),
    endpoint: z.string().nullable(),
    recurrence: z.string().nullable(),
    occurrences: z.array(z.strictObject({ from: z.string(), to: z.string() })),
    counted: z.boolean().meta({ description: 'Whether its minutes stay in the figure: an explanation, not an exclusion.' }),
    side: z.enum(['partner', 'operator']),
    proposed_at: z.string(),
    decided_at: z.string().nullable(),
    reverses: z.string().nullable(),
    evidence: z.array(z.string()).meta({ description: 'The reasons, in the order in which they were given.' }),
  })
  .meta({ id: 'LedgerEntry' })

const Told = z.strictObject({ entry: z.string() })

/** The fairness ledger for programs: read it, write into it, and decide. */
export function registerLedgerRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)

  app.get(
    '/api/v1/apps/:app/ledger/entries',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'Every entry of an app’s ledger, those that were declined too',
        tags,
        params: AppParams,
        response: { 200: z.strictObject({ entries: z.array(Entry) }) },
      },
    },
    async (request) => {
      const document = await house.act(request.acting, 'read-app', await on(request), (desk) =>
        desk.documents.get<LedgerDocument>(LEDGERS, request.params.app),
      )
      const entries = Object.values(document?.entries ?? {}).toSorted((a, b) => (a.proposed_at > b.proposed_at ? -1 : 1))
      return {
        entries: entries.map((entry) => {
          // People read who it was on the page of the log; programs need the side.
          const { author: _, decliner: __, declined_at: ___, ...told } = entry
          return Entry.parse(told)
        }),
      }
    },
  )

  app.post(
    '/api/v1/apps/:app/ledger/entries',
    {
      config: { act: 'write-ledger', on },
      schema: {
        summary: 'Say whose doing an outage was, or plan a downtime',
        description: 'Nothing counts otherwise until somebody of the operator who has no part in it signs.',
        tags,
        params: AppParams,
        body: z.strictObject({
          cause: z.string().min(1).max(60).meta({ description: '`maintenance`, or a cause that the programme names.' }),
          endpoint: z.string().max(500).nullish().meta({ description: 'One base URL of several; the whole app without it.' }),
          from: Moment,
          to: Moment,
          rule: z
            .string()
            .max(300)
            .nullish()
            .meta({ description: 'RFC 5545, for planned downtime that recurs: FREQ=WEEKLY;BYDAY=SU;COUNT=8.' }),
          zone: z.string().max(60).default('UTC').meta({ description: 'IANA zone in which the rule recurs.' }),
          words: Words.meta({ description: 'What happened and how you know; what is planned and why.' }),
        }),
        response: { 201: Told },
      },
    },
    async (request, reply) => {
      const { cause, endpoint, from, to, rule, zone, words } = request.body
      const entry = await proposeEntry(house, request.acting, request.params.app, {
        cause,
        endpoint: endpoint ?? null,
        from: parseInstant(from, 'from'),
        to: parseInstant(to, 'to'),
        rule: rule ?? null,
        zone,
        words,
      })
      return reply.status(201).send({ entry })
    },
  )

  app.post(
    '/api/v1/apps/:app/ledger/entries/:entry/reverse',
    {
      config: { act: 'write-ledger', on },
      schema: {
        summary: 'Say that a signed entry was a mistake',
        tags,
        params: EntryParams,
        body: z.strictObject({ words: Words }),
        response: { 201: Told },
      },
    },
    async (request, reply) => {
      const { app: id, entry } = request.params
      return reply.status(201).send({ entry: await reverseEntry(house, request.acting, id, entry, request.body.words) })
    },
  )

  app.post(
    '/api/v1/apps/:app/ledger/entries/:entry/sign',
    {
      config: { act: 'sign-entry', on },
      schema: { summary: 'Agree with an entry; the figures follow at once', tags, params: EntryParams, response: { 200: Told } },
    },
    async (request) => {
      const { app: id, entry } = request.params
      await signEntry(house, request.acting, id, entry)
      return { entry }
    },
  )

  app.post(
    '/api/v1/apps/:app/ledger/entries/:entry/decline',
    {
      config: { act: 'sign-entry', on },
      schema: {
        summary: 'Decline an entry, with the reason',
        tags,
        params: EntryParams,
        body: z.strictObject({ words: Words }),
        response: { 200: Told },
      },
    },
    async (request) => {
      const { app: id, entry } = request.params
      await declineEntry(house, request.acting, id, entry, request.body.words)
      return { entry }
    },
  )

  app.post(
    '/api/v1/apps/:app/ledger/entries/:entry/contest',
    {
      config: { act: 'write-ledger', on },
      schema: {
        summary: 'Have somebody else look at a declined entry',
        tags,
        params: EntryParams,
        body: z.strictObject({ words: Words }),
        response: { 200: Told },
      },
    },
    async (request) => {
      const { app: id, entry } = request.params
      await contestEntry(house, request.acting, id, entry, request.body.words)
      return { entry }
    },
  )
}
