import { describe, expect, it } from 'vitest'
import { story } from '../kernel/story.ts'
import { after, DAY_MS, instant } from '../kernel/time.ts'
import type { FormReviewEvent } from './events.ts'
import { allowedInReview, formReview, type FormReviewCommand, type FormReviewState } from './form-review.ts'

const now = instant(1_790_000_000_000)
const until = after(now, 365 * DAY_MS)
const soon = after(now, 300 * DAY_MS)
const of = { app: 'a', form: 'yearly' }
const given = (...facts: readonly FormReviewEvent[]) => story(formReview, now).given(...facts)

const submitted: FormReviewEvent = { type: 'assessments.form_submitted', payload: { ...of, by: 'pia', evidence: ['sha256:1'] } }
const approved: FormReviewEvent = {
  type: 'assessments.form_approved',
  payload: { ...of, evidence: ['sha256:1'], reviewer: 'rob', until, remind_at: [soon], record: 'yearly', state: 'approved' },
}
const returned: FormReviewEvent = { type: 'assessments.form_returned', payload: { ...of, evidence: ['sha256:9'], reviewer: 'rob' } }
const lapsed: FormReviewEvent = { type: 'assessments.form_lapsed', payload: { ...of, until, record: 'yearly', waiting: false } }

const approve = (by: string, how: Partial<Extract<FormReviewCommand, { do: 'approve' }>> = {}): FormReviewCommand => ({
  ...of,
  do: 'approve',
  by,
  of_the_partner: false,
  uninvolved: false,
  seen: ['sha256:1'],
  note: [],
  until,
  remind_at: [soon],
  record: 'yearly',
  state: 'approved',
  ...how,
})
const submit = (complete: number): FormReviewCommand => ({ ...of, do: 'submit', by: 'pia', evidence: ['sha256:1'], complete })

describe('a form under review', () => {
  it('is sent when it is whole, and not before', () => {
    expect(given().when(submit(1)).events).toEqual([submitted])
    expect(given().when(submit(0.99)).refused).toBe('assessments.incomplete')
  })

  it('is approved until its end, with the reminders that are still to come', () => {
    expect(given(submitted).when(approve('rob')).events).toEqual([approved])
    const past = given(submitted).when(approve('rob', { remind_at: [soon, after(now, -DAY_MS), after(soon, DAY_MS)] }))
    expect(past.events).toMatchObject([{ payload: { remind_at: [soon, after(soon, DAY_MS)] } }])
  })

  it('is approved by nobody who sent it, nor by somebody of the partner, nor on answers that nobody showed the reviewer', () => {
    expect(given(submitted).when(approve('pia')).refused).toBe('assessments.involved')
    expect(given(submitted).when(approve('rob', { of_the_partner: true })).refused).toBe('assessments.involved')
    expect(given(submitted).when(approve('rob', { seen: ['sha256:2'] })).refused).toBe('assessments.answers_moved')
    expect(given(submitted).when(approve('rob', { seen: [] })).refused).toBe('assessments.answers_moved')
    expect(given(submitted).when(approve('rob', { seen: ['sha256:1', 'sha256:2'] })).refused).toBe('assessments.answers_moved')
  })

  it('needs somebody new where the pack says so', () => {
    expect(given(submitted, returned, submitted).when(approve('rob', { uninvolved: true })).refused).toBe('assessments.involved')
    expect(given(submitted, returned, submitted).when(approve('sue', { uninvolved: true })).refused).toBeNull()
  })

  it('keeps its approval while new answers wait, and when those are returned', () => {
    expect(given(submitted, approved, submitted).state).toMatchObject({ status: 'renewing', approved: { until } })
    expect(given(submitted, approved, submitted, returned).state).toMatchObject({ status: 'approved', returned: { reviewer: 'rob' } })
  })

  it('reminds when a reminder has come, and lapses when its end has: not a moment before', () => {
    const early = story(formReview, after(soon, -1)).given(submitted, approved)
    expect(early.when({ ...of, do: 'remind' }).events).toEqual([])
    const due = story(formReview, soon).given(submitted, approved)
    expect(due.when({ ...of, do: 'remind' }).events).toEqual([{ type: 'assessments.form_reminded', payload: { ...of, until } }])
    expect(
      story(formReview, after(until, -1))
        .given(submitted, approved)
        .when({ ...of, do: 'lapse' }).events,
    ).toEqual([])
    expect(
      story(formReview, until)
        .given(submitted, approved)
        .when({ ...of, do: 'lapse' }).events,
    ).toEqual([lapsed])
  })

  it('tells at its end whether the partner has done its part', () => {
    const late = story(formReview, until).given(submitted, approved, submitted)
    expect(late.when({ ...of, do: 'lapse' }).events).toMatchObject([{ payload: { waiting: true } }])
  })

  it('whose end comes while new answers wait goes on waiting, without the approval', () => {
    expect(given(submitted, approved, submitted, lapsed).state).toMatchObject({ status: 'waiting', approved: null })
  })

  const STATES = {
    none: [],
    waiting: [submitted],
    returned: [submitted, returned],
    approved: [submitted, approved],
    renewing: [submitted, approved, submitted],
    lapsed: [submitted, approved, lapsed],
  } as const satisfies Record<FormReviewState['status'], readonly FormReviewEvent[]>
  const COMMANDS = {
    submit: submit(1),
    approve: approve('sue'),
    return: { ...of, do: 'return', by: 'sue', of_the_partner: false, evidence: ['sha256:3'] },
    remind: { ...of, do: 'remind' },
    lapse: { ...of, do: 'lapse' },
  } as const satisfies Record<FormReviewCommand['do'], FormReviewCommand>

  it.each(Object.keys(STATES).flatMap((status) => Object.keys(COMMANDS).map((command) => [status, command] as const)))(
    'that is %s: %s passes exactly when the table allows it',
    (status, command) => {
      const so_far = given(...STATES[status as keyof typeof STATES])
      expect(so_far.state.status).toBe(status)
      const { refused } = so_far.when(COMMANDS[command as keyof typeof COMMANDS])
      expect(refused).toBe(
        (allowedInReview[status as keyof typeof STATES] as readonly string[]).includes(command) ? null : 'assessments.wrong_state',
      )
    },
  )
})
