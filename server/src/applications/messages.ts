import type { Messages } from '../kernel/says.ts'
import type { ApplicationWord } from './application.ts'
import type { ComponentWord } from './components.ts'
import type { ApplicationEvent, Provenance, Step } from './events.ts'
import type { Turn } from './turn.ts'

/** What happened on a thread, one sentence for each kind of entry. */
const ENTRIES = {
  applied: 'Applied for the badge.',
  accepted: 'Triage: the application is complete enough to be looked at.',
  changes_requested: 'Asked for changes to: {parts}.',
  answered: 'Answered what was asked.',
  run_arranged: 'Arranged a test run: {run}{planned}.',
  run_recorded: 'Test run {run}: {result}.',
  component_checked: '{component}: {result}.',
  soak_begun: 'Everything was found in order; it soaks until {until}.',
  review_begun: 'Reviewers can decide.',
  approved: 'Approved, on the standing {standing}.',
  granted: 'The badge is granted.',
  declined: 'Declined.',
  recused: 'Stood back from this application because of a tie.',
  withdrawn: 'Withdrew the application.',
  reminded: 'The time for this step is over; it is the {side}’s turn since its last entry.',
  lapsed: 'Nothing came from the partner for too long; the application ended by itself.',
  ended: 'The application ended with its programme or tier.',
  commented: 'Wrote:',
  attached: 'Brought evidence: {file}.',
  attachment_verified: 'Confirmed evidence: {provenance}.',
  attachment_withdrawn: 'Took evidence back.',
  downtime_announced: 'Planned downtime from {from} until {until}.',
} as const satisfies { readonly [what in ApplicationEvent['type'] extends `applications.${infer Name}` ? Name : never]: string }

const WORDS = {
  none: 'Not applied for',
  triage: 'In triage',
  changes: 'Changes asked for',
  verification: 'Being looked at',
  soak: 'Soaking',
  review: 'Under review',
  granted: 'Granted',
  declined: 'Declined',
  withdrawn: 'Withdrawn',
  lapsed: 'Lapsed',
  ended: 'Ended',
} as const satisfies Record<ApplicationWord, string>

const COMPONENTS = {
  not_started: 'Not started',
  waiting_partner: 'Waits for partner',
  waiting_operator: 'Waits for operator',
  soaking: 'Soaking',
  met: 'Met',
  failed: 'Failed',
} as const satisfies Record<ComponentWord, string>

const STEPS = {
  triage: 'Triage',
  changes: 'Changes by the partner',
  verification: 'Look at each part',
  soak: 'Soak',
  review: 'Decision',
} as const satisfies Record<Step, string>

const SIDES = {
  partner: 'Partner',
  operator: 'Operator',
  nobody: 'Nobody: time has to pass',
} as const satisfies Record<Turn['side'], string>

const PROVENANCES = {
  'self-declared': 'the partner says so',
  'evidence-linked': 'the partner says so, for one requirement',
  inherited: 'taken over from another app of the partner',
  witnessed: 'the operator was there',
  'operator-verified': 'the operator has checked it',
} as const satisfies Record<Provenance, string>

/** Every sentence of this slice, by its code. */
export const MESSAGES: Messages = Object.fromEntries(
  Object.entries({ entry: ENTRIES, word: WORDS, component: COMPONENTS, step: STEPS, side: SIDES, provenance: PROVENANCES }).flatMap(
    ([group, texts]) => Object.entries(texts).map(([name, text]) => [`applications.${group}.${name}`, text]),
  ),
)
