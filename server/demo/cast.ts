import type { Fault } from '../simulate/faults.ts'

/** An app of the demo: who makes it, how it behaves now, and what happened to it. Times in days before now. */
export type CastMember = {
  readonly app: string
  readonly key: string
  readonly name: string
  readonly partner: string
  readonly joined_days_ago: number
  readonly proves: boolean
  readonly wants: readonly string[]
  /** Switches of the example app that are on from the start. */
  readonly faults: readonly string[]
  /** What happened, oldest first. */
  readonly past: readonly { readonly kind: Fault['kind']; readonly days_ago: number; readonly minutes: number; readonly check?: string }[]
  /** How many of the reviewers have agreed to its badge so far. */
  readonly agreed: 0 | 1 | 2
}

const HOUR = 60
const DAY = 24 * HOUR

/** Invented apps and partners: good ones, careless ones, and one that never let anybody look. All but the Forge one run beside the demo. */
export const CAST: readonly CastMember[] = [
  {
    app: 'issue-templates',
    key: 'eu.example.issue-templates',
    name: 'Issue Templates',
    partner: 'Example Templates',
    joined_days_ago: 150,
    proves: true,
    wants: ['fortified'],
    faults: [],
    past: [{ kind: 'outage', days_ago: 61, minutes: 18 }],
    agreed: 2,
  },
  {
    app: 'sprint-weather',
    key: 'example.nimbus.sprint-weather',
    name: 'Sprint Weather',
    partner: 'Nimbus & Vale',
    joined_days_ago: 146,
    proves: true,
    wants: ['fortified'],
    faults: [],
    past: [
      { kind: 'outage', days_ago: 88, minutes: 9 },
      { kind: 'outage', days_ago: 9, minutes: 14 },
    ],
    agreed: 2,
  },
  {
    app: 'ledger-lines',
    key: 'example.quillfeather.ledger-lines',
    name: 'Ledger Lines',
    partner: 'Quillfeather',
    joined_days_ago: 131,
    proves: true,
    wants: ['fortified'],
    faults: [],
    past: [
      { kind: 'outage', days_ago: 17, minutes: 22 },
      { kind: 'outage', days_ago: 6, minutes: 47 },
    ],
    agreed: 2,
  },
  {
    app: 'roadmap-kites',
    key: 'example.tailwind.roadmap-kites',
    name: 'Roadmap Kites',
    partner: 'Tailwind Cartography',
    joined_days_ago: 140,
    proves: true,
    wants: ['fortified'],
    faults: ['insecure-headers'],
    past: [{ kind: 'insecure', days_ago: 55, minutes: 400 * DAY, check: 'hsts-enabled' }],
    agreed: 2,
  },
  {
    app: 'time-tally',
    key: 'example.quarterpast.time-tally',
    name: 'Time Tally',
    partner: 'Quarter Past',
    joined_days_ago: 120,
    proves: true,
    wants: ['security-participant'],
    faults: [],
    past: [],
    agreed: 2,
  },
  {
    app: 'standup-almanac',
    key: 'example.earlybird.standup-almanac',
    name: 'Standup Almanac',
    partner: 'Early Bird Software',
    joined_days_ago: 44,
    proves: true,
    wants: ['fortified'],
    faults: [],
    past: [{ kind: 'our_blindness', days_ago: 20, minutes: 35 }],
    agreed: 1,
  },
  {
    app: 'voting-booth',
    key: 'example.plainballot.voting-booth',
    name: 'Voting Booth',
    partner: 'Plain Ballot',
    joined_days_ago: 12,
    proves: true,
    wants: ['fortified'],
    faults: [],
    past: [],
    agreed: 0,
  },
  {
    app: 'checklist-harbour',
    key: 'example.harbourworks.checklist-harbour',
    name: 'Checklist Harbour',
    partner: 'Harbour Works',
    joined_days_ago: 98,
    proves: true,
    wants: [],
    faults: ['insecure-headers', 'insecure-pages'],
    past: [{ kind: 'insecure', days_ago: 33, minutes: 400 * DAY, check: 'hsts-enabled' }],
    agreed: 0,
  },
  {
    app: 'diagram-orchard',
    key: 'example.orchard.diagram-orchard',
    name: 'Diagram Orchard',
    partner: 'Orchard Tools',
    joined_days_ago: 75,
    proves: false,
    wants: [],
    faults: [],
    past: [],
    agreed: 0,
  },
]

/** How long the demo's past is. */
export const PAST_DAYS = 150
