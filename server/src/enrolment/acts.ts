import type { Role } from './roles.ts'

/** What a token can be narrowed to. */
export const SCOPES = [
  'apps:read',
  'apps:write',
  'measurements:write',
  'records:write',
  'badges:withdraw',
  'listings:withdraw',
  'programmes:write',
  'outbox:read',
  'outbox:write',
  'audit:read',
  'metrics:read',
] as const

export type Scope = (typeof SCOPES)[number]

/** Who may do an act. */
export type Rule = {
  /** Operators and auditors may do it anywhere in the marketplace, partners on what belongs to their own organisation. */
  readonly roles: readonly Role[]
  /** Whether the program may do it unattended. Never for an act that gives. */
  readonly machine: boolean
  /** Whether somebody who is not signed in may do it. */
  readonly anybody: boolean
  /** The scope that a token needs; `none` when no token does it and a person has to be signed in. */
  readonly token: Scope | 'none'
  /** What is being done, in words that fit after "may not". */
  readonly words: string
}

const ADMIN = ['operator-admin'] as const
const REVIEWERS = ['operator-admin', 'operator-reviewer'] as const
const OPERATORS = ['operator-admin', 'operator-reviewer', 'operator-viewer'] as const
const ONLOOKERS = [...OPERATORS, 'auditor'] as const
const PARTNERS = ['partner-admin', 'partner-member'] as const
const EVERY_ROLE = [...ONLOOKERS, ...PARTNERS] as const

const byPeople = (roles: readonly Role[], token: Scope | 'none', words: string): Rule => ({
  roles,
  machine: false,
  anybody: false,
  token,
  words,
})
const alsoByMachine = (roles: readonly Role[], token: Scope | 'none', words: string): Rule => ({
  ...byPeople(roles, token, words),
  machine: true,
})
const byAnybody = (words: string): Rule => ({ roles: EVERY_ROLE, machine: true, anybody: true, token: 'none', words })

/**
 * Every act of the product and who may do it: the only such table. Routes and jobs refuse by it, pages grey out by it, the
 * test enumerates it. Acts that give (grant, restore, renew, waive, relist, accept) have no machine and no token.
 */
export const ACTS = {
  'read-public-pages': byAnybody('read public pages'),
  'redeem-link': byAnybody('open a link'),
  // Whoever is signed in, in whatever role or in none: routes ask for the person themselves.
  'use-own-account': byAnybody('use an account'),

  'read-app': alsoByMachine([...ONLOOKERS, ...PARTNERS], 'apps:read', 'read about this app'),
  'register-app': byPeople([...REVIEWERS, ...PARTNERS], 'apps:write', 'register an app for this organisation'),
  'supply-details': byPeople([...REVIEWERS, ...PARTNERS], 'apps:write', 'supply details of this app'),
  'send-measurements': byPeople([...REVIEWERS, ...PARTNERS], 'measurements:write', 'send figures of this app'),
  'prove-domain': alsoByMachine([...REVIEWERS, ...PARTNERS], 'apps:write', 'have the control of this domain checked'),
  'withdraw-consent': byPeople([...REVIEWERS, 'partner-admin'], 'apps:write', 'withdraw the consent to watch this app'),
  'answer-form': byPeople(PARTNERS, 'apps:write', 'answer forms of this app'),
  'apply-for-badge': byPeople(['partner-admin'], 'none', 'apply for a badge'),

  'withdraw-application': byPeople(['partner-admin'], 'none', 'withdraw an application'),
  'answer-request': byPeople(PARTNERS, 'apps:write', 'answer what is asked about an application'),
  'announce-downtime': byPeople(PARTNERS, 'apps:write', 'announce a downtime of this app'),
  'write-on-thread': byPeople([...REVIEWERS, ...PARTNERS], 'apps:write', 'write on this thread'),
  'handle-application': byPeople(REVIEWERS, 'none', 'handle applications'),
  'read-notes': byPeople(ONLOOKERS, 'none', 'read what the operator’s people note'),
  'write-note': byPeople(REVIEWERS, 'none', 'write notes among the operator’s people'),

  // In public and under an organisation's name, so by people only.
  'comment-on-draft': byPeople([...REVIEWERS, ...PARTNERS], 'none', 'comment on drafts'),
  'answer-comment': byPeople(REVIEWERS, 'none', 'answer comments on drafts'),
  'raise-concern': byAnybody('raise a concern'),
  // What people who are not of the operator raise is recorded by the program: their names have no place in the log.
  'take-concern': alsoByMachine([], 'none', 'take concerns in'),
  'handle-concern': byPeople(REVIEWERS, 'none', 'handle concerns'),
  'answer-concern': byPeople(PARTNERS, 'apps:write', 'answer concerns about this app'),
  'lodge-appeal': byPeople(['partner-admin'], 'none', 'appeal decisions about this app'),
  'decide-appeal': byPeople(REVIEWERS, 'none', 'decide on appeals'),

  'state-journey': byPeople([...REVIEWERS, ...PARTNERS], 'apps:write', 'state journeys through this app'),
  'run-journey': alsoByMachine([...REVIEWERS, ...PARTNERS], 'apps:write', 'have journeys through this app run'),
  'announce-rollout': byPeople(REVIEWERS, 'none', 'announce changes of the host'),

  'write-ledger': byPeople([...REVIEWERS, ...PARTNERS], 'none', 'say whose doing an outage of this app was'),
  'sign-entry': byPeople(REVIEWERS, 'none', 'sign entries of the ledger'),
  'probe-app': alsoByMachine([], 'none', 'probe apps'),
  'scan-app': alsoByMachine([...REVIEWERS, ...PARTNERS], 'apps:write', 'start a scan of this app'),
  'judge-app': alsoByMachine([], 'none', 'judge apps'),
  'dispute-finding': byPeople(PARTNERS, 'apps:write', 'dispute findings of this app'),
  'confirm-finding': byPeople(REVIEWERS, 'none', 'confirm findings'),
  'suppress-finding': byPeople(REVIEWERS, 'none', 'set findings aside'),

  'confirm-record': byPeople(REVIEWERS, 'records:write', 'confirm records'),
  'review-attestation': byPeople(REVIEWERS, 'none', 'review attestations'),
  'review-changes': byPeople(REVIEWERS, 'none', 'review changes of this app'),
  'plan-reviews': alsoByMachine([], 'none', 'plan and close annual reviews'),
  'grant-waiver': byPeople(REVIEWERS, 'none', 'grant waivers'),
  'end-waiver': alsoByMachine(REVIEWERS, 'records:write', 'end waivers'),

  'grant-badge': byPeople(REVIEWERS, 'none', 'grant badges'),
  'restore-badge': byPeople(REVIEWERS, 'none', 'restore badges'),
  'renew-badge': byPeople(REVIEWERS, 'none', 'renew badges'),
  'degrade-badge': alsoByMachine([], 'none', 'put badges at risk'),
  'suspend-badge': alsoByMachine(REVIEWERS, 'badges:withdraw', 'suspend badges'),
  'revoke-badge': alsoByMachine(REVIEWERS, 'badges:withdraw', 'revoke badges'),
  'expire-badge': alsoByMachine([], 'none', 'let badges expire'),
  'warn-listing': alsoByMachine(REVIEWERS, 'listings:withdraw', 'warn listings'),
  'hide-listing': alsoByMachine(REVIEWERS, 'listings:withdraw', 'hide listings'),
  'pause-listing': alsoByMachine(REVIEWERS, 'listings:withdraw', 'pause listings'),
  'relist-app': byPeople(REVIEWERS, 'none', 'relist apps'),

  // The machine adopts the packs that lie in the operator's own folder when the program starts; ending one is a person's act.
  'adopt-programme': alsoByMachine(ADMIN, 'programmes:write', 'adopt a programme'),
  // On the day that a person set, and on no other.
  'end-programme': alsoByMachine([], 'none', 'end programmes'),
  'close-programme': byPeople(ADMIN, 'none', 'close a programme'),
  'retire-tier': byPeople(ADMIN, 'none', 'retire a tier'),

  'read-states': byPeople(ONLOOKERS, 'apps:read', 'read the states of all listings'),
  'look-at-listing': alsoByMachine(REVIEWERS, 'none', 'look at listings'),
  'cut-edition': alsoByMachine(REVIEWERS, 'none', 'cut an edition of the list for field teams'),

  'read-overview': byPeople(ONLOOKERS, 'apps:read', 'read the overview'),
  'read-log': alsoByMachine(ONLOOKERS, 'audit:read', 'read the log'),
  'read-outbox': alsoByMachine(ONLOOKERS, 'outbox:read', 'read what is owed to others'),
  'retry-delivery': byPeople(OPERATORS.slice(0, 2), 'outbox:write', 'send again'),
  'deliver-due': alsoByMachine([], 'none', 'deliver what is due'),
  'sweep-clocks': alsoByMachine([], 'none', 'sweep the clocks'),
  'read-metrics': alsoByMachine(ONLOOKERS, 'metrics:read', 'read the metrics'),
  'advance-clock': byPeople(ADMIN, 'none', "move the demo's clock"),

  'change-settings': byPeople(ADMIN, 'none', 'change settings'),
  'change-webhooks': byPeople([...ADMIN, 'partner-admin'], 'none', 'change where this organisation is told'),
  'create-organisation': byPeople(ADMIN, 'none', 'create organisations'),
  'read-organisation': byPeople([...ONLOOKERS, ...PARTNERS], 'none', 'read who belongs to this organisation'),
  'invite-person': byPeople([...ADMIN, 'partner-admin'], 'none', 'invite people into this organisation'),
  'change-role': byPeople([...ADMIN, 'partner-admin'], 'none', 'change roles in this organisation'),
  'remove-person': byPeople([...ADMIN, 'partner-admin'], 'none', 'remove people from this organisation'),
  'erase-person': byPeople(ADMIN, 'none', "erase a person's data"),
  // Own tokens only: see token.ts. A token that could issue tokens would outlive its own end.
  'issue-token': byPeople([...EVERY_ROLE], 'none', 'issue tokens in this organisation'),
  'revoke-token': byPeople([...EVERY_ROLE], 'none', 'revoke tokens of this organisation'),
} as const satisfies Record<string, Rule>

export type Act = keyof typeof ACTS
