import { says, type Messages, type Says } from '../kernel/says.ts'
import type { ConcernWord } from './concern.ts'
import type { ConcernDocument } from './concerns-view.ts'
import type { ConcernEvent, ConcernOutcome, ConcernStep } from './events.ts'

/** Where a concern stands. */
const WORDS = {
  none: 'Never raised',
  received: 'Waits to be sorted',
  dismissed: 'Put aside',
  hearing: 'The partner is heard',
  deciding: 'Waits for a decision',
  not_upheld: 'Not upheld',
  upheld: 'Upheld, not put right yet',
  checking: 'Said to be put right; the operator looks',
  remedied: 'Upheld, and put right',
  set_aside: 'Set aside on appeal',
} as const satisfies Record<ConcernWord, string>

const STEPS = {
  triage: 'Sorting a concern',
  answer: 'The partner’s answer',
  decision: 'Decision on a concern',
  remedy: 'Putting it right',
  check: 'Look at a remedy',
} as const satisfies Record<ConcernStep, string>

const OUTCOMES = {
  upheld: 'Upheld',
  partly_upheld: 'Upheld in part',
  not_upheld: 'Not upheld',
} as const satisfies Record<ConcernOutcome, string>

/** What happened, one sentence for each kind of entry. */
const ENTRIES = {
  received: 'A concern was raised.',
  added: 'Whoever raised it added words.',
  dismissed: 'It was put aside.',
  accepted: 'It is looked into; the partner is asked.',
  answered: 'The partner answered.',
  answer_missed: 'The partner’s time for an answer was over; it is decided without one.',
  decided: 'It was decided.',
  remedy_claimed: 'The partner says that it is put right.',
  remedy_refused: 'Something is still missing.',
  remedied: 'It is put right.',
  set_aside: 'An appeal set the decision aside, or sent it back.',
  recused: 'Somebody stood back because of a tie.',
  reminded: 'The operator’s time for this step was over.',
} as const satisfies { readonly [what in ConcernEvent['type'] extends `concerns.${infer Name}` ? Name : never]: string }

/** Every sentence of this slice, by its code. */
export const MESSAGES: Messages = Object.fromEntries(
  Object.entries({ word: WORDS, step: STEPS, outcome: OUTCOMES, entry: ENTRIES }).flatMap(([group, texts]) =>
    Object.entries(texts).map(([name, text]) => [`concerns.${group}.${name}`, text]),
  ),
)

/** Where a concern stands. One that was upheld and names no requirement leaves nothing to put right. */
export const stands = ({ word, outcome, requirements }: Pick<ConcernDocument, 'word' | 'outcome' | 'requirements'>): Says =>
  word === 'upheld' && outcome !== null && requirements.length === 0 ? says(`concerns.outcome.${outcome}`) : says(`concerns.word.${word}`)
