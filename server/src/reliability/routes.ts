import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { MEASUREMENTS_AT_ONCE, VALUES_IN_A_LINE } from './field.ts'
import { fieldSums, takeMeasurements } from './field-intake.ts'
import { isoDay } from './series.ts'

const Params = z.strictObject({ app: z.string().min(1).max(100) })

const Measurement = z.strictObject({
  indicator: z.string().min(1).max(100).meta({ description: 'As the programme names it, such as admin-largest-contentful-paint.' }),
  day: z.string().max(40).meta({ description: 'UTC day on which it was measured, such as 2026-11-23.' }),
  unit: z.string().max(20).optional().meta({ description: 'Unit of the values and of the bound, as the programme states it: ms, score.' }),
  values: z.array(z.number()).max(VALUES_IN_A_LINE).optional().meta({ description: 'Single values, one for each visit or call.' }),
  at_most: z.number().optional().meta({ description: 'Instead of values: the bound that the counts are about.' }),
  good: z.number().optional().meta({ description: 'How many were good: within the bound, or by themselves.' }),
  total: z.number().optional().meta({ description: 'How many there were.' }),
})

const Sending = z
  .strictObject({
    key: z
      .string()
      .regex(/^[\w.:-]{1,100}$/, 'a key has 1 to 100 letters, digits and . : _ -')
      .meta({ description: 'Chosen by the sender. Sent again under the same key, the same figures are counted once.' }),
    measurements: z.array(Measurement).min(1).max(MEASUREMENTS_AT_ONCE),
  })
  .meta({ id: 'Measurements' })

const Reported = z.enum(['operator', 'partner'])

const Taken = z
  .strictObject({
    repeated: z.boolean().meta({ description: 'The same had been taken before; nothing was counted again.' }),
    counts: z.int().meta({ description: 'Counts that were added, one for each line and bound.' }),
    evidence: z.string().meta({ description: 'Name under which what was sent is kept.' }),
    reported_by: Reported,
  })
  .meta({ id: 'MeasurementsTaken' })

const Sums = z
  .strictObject({
    days: z.array(
      z.strictObject({
        indicator: z.string(),
        day: z.string(),
        at_most: z.number().nullable(),
        good: z.int(),
        total: z.int(),
        reported_by: Reported,
      }),
    ),
  })
  .meta({ id: 'FieldDays' })

/** The interface of the watch: figures that nobody probes are sent in here. */
export function registerReliabilityRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)

  app.post(
    '/api/v1/apps/:app/measurements',
    {
      config: { act: 'send-measurements', on },
      schema: {
        summary: 'Send figures from the field',
        description: 'All of it is taken, or nothing: a refusal names the first place and what to mend.',
        tags: ['reliability'],
        params: Params,
        body: Sending,
        response: { 200: Taken, 201: Taken },
      },
    },
    async (request, reply) => {
      const taken = await takeMeasurements(house, request.acting, request.params.app, request.body)
      return reply.status(taken.repeated ? 200 : 201).send(taken)
    },
  )

  app.get(
    '/api/v1/apps/:app/measurements',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'What was sent in, day by day', tags: ['reliability'], params: Params, response: { 200: Sums } },
    },
    async (request) => {
      const { app: id } = request.params
      const sums = await house.act(request.acting, 'read-app', await onApp(house, id), (desk) => fieldSums(desk, id))
      return {
        days: sums.map(({ target, day, ...sum }) => ({
          ...sum,
          day: isoDay(day),
          at_most: target === '' ? null : Number(target.slice('at-most-'.length)),
        })),
      }
    },
  )
}
