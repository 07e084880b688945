import type { ReactElement } from 'react'
import type { ContradictionState } from '../../assessments/contradiction.ts'
import { fieldsOf } from '../../assessments/form.ts'
import type { Instant } from '../../kernel/time.ts'
import type { Form } from '../../programmes/schema.ts'
import { controlOf } from '../typed-answers.ts'
import { Field } from './form.tsx'
import { Due, Foreign, Section } from './parts.tsx'

/** An answer that what was seen contradicts, with what it tells. */
export type ContradictionRead = {
  readonly rule: string
  readonly tells: string
  readonly state: ContradictionState
  readonly words: string | null
}

/** Contradictions of a form, as the partner or the operator sees them, with what each may do. */
export function Contradictions(given: {
  readonly of: readonly ContradictionRead[]
  readonly form: Form
  readonly now: Instant
  readonly side: 'partner' | 'operator'
  /** Address of the app. */
  readonly here: string
  readonly refused: string | null
}): ReactElement | null {
  const { of, form, now, side, here, refused } = given
  if (of.length === 0) return null
  const asks = new Map(fieldsOf(form).map((field) => [field.id, field.ask]))
  return (
    <Section id="contradictions" title="What does not fit what was seen">
      {of.map(({ rule, tells, state, words }) => (
        <div key={rule} className="panel stack">
          <p>
            <strong>
              {side === 'partner' ? (
                <a href={`#${controlOf(state.field)}`}>{asks.get(state.field) ?? state.field}</a>
              ) : (
                (asks.get(state.field) ?? state.field)
              )}
            </strong>
          </p>
          <p>{tells}</p>
          <p className="quiet">
            {STATUS[state.status][side]}
            {state.status === 'open' && state.due_at !== null ? (
              <>
                {' '}
                <Due at={state.due_at} now={now} />
              </>
            ) : null}
          </p>
          {words === null ? null : (
            <p>
              Said by the partner: <Foreign>{words}</Foreign>
            </p>
          )}
          {refused !== null || !isTurnOf(side, state.status) ? null : (
            <form className="form" method="post" action={`${here}/contradictions/${encodeURIComponent(rule)}`}>
              <input type="hidden" name="form" value={form.id} />
              <Field
                name={`note-${rule}`}
                title={side === 'partner' ? 'Why both are true' : 'Reason, when it does not hold'}
                hint={side === 'partner' ? 'Or change the answer below, or the app; then this goes by itself.' : 'The partner reads it.'}
                errors={{}}
              >
                {(ties) => <textarea {...ties} name="note" rows={3} maxLength={10_000} />}
              </Field>
              <div className="acts">
                {side === 'partner' ? (
                  <button type="submit" name="do" value="explain" className="is-quiet">
                    Explain
                  </button>
                ) : (
                  <>
                    <button type="submit" name="do" value="accept">
                      It holds
                    </button>
                    <button type="submit" name="do" value="refuse" className="is-quiet">
                      It does not hold
                    </button>
                  </>
                )}
              </div>
            </form>
          )}
        </div>
      ))}
    </Section>
  )
}

const isTurnOf = (side: 'partner' | 'operator', status: ContradictionState['status']): boolean =>
  side === 'partner' ? status === 'open' || status === 'told' : status === 'explained'

const STATUS = {
  none: { partner: '', operator: '' },
  open: { partner: 'Only you are told. Yours to settle', operator: '' },
  explained: { partner: 'Explained; it is the operator’s turn.', operator: 'Explained; it is your turn.' },
  told: { partner: 'The time is over; the operator is told.', operator: 'The partner’s time is over.' },
  accepted: { partner: 'Your explanation was accepted.', operator: 'The explanation was accepted.' },
} as const satisfies Record<ContradictionState['status'], { readonly partner: string; readonly operator: string }>
