import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRefused } from '../kernel/refused.ts'
import { ACTS, SCOPES, type Act } from './acts.ts'
import { actorOf, authorise, partyOf, refusalOf, type Acting, type Membership, type On } from './authorise.ts'
import { ROLES_OF, roleIn, type OrganisationKind, type Role } from './roles.ts'

const OWN = 'org_own'
const FOREIGN = 'org_foreign'
const kindOf = (role: Role): OrganisationKind =>
  (Object.keys(ROLES_OF) as OrganisationKind[]).find((kind) => roleIn(kind, role) !== null) ?? 'buyer'
const as = (role: Role, organisation = OWN): Membership => ({ organisation, kind: kindOf(role), role })
const person = (...memberships: Membership[]): Acting => ({ kind: 'person', person: 'per_1', session: 'ses_1', memberships })
const token = (scopes: readonly (typeof SCOPES)[number][], ...memberships: Membership[]): Acting => ({
  kind: 'token',
  token: 'tok_1',
  person: 'per_1',
  memberships,
  scopes,
})
const machine: Acting = { kind: 'machine', name: 'worker' }
const nobody: Acting = { kind: 'public' }
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'passes'
  } catch (error) {
    if (isRefused(error)) return error.code
    throw error
  }
}
const passes = (who: Acting, act: Act, on: On): boolean => refusalOf(who, act, on) === null

const ROLES = ['operator-admin', 'operator-reviewer', 'operator-viewer', 'auditor', 'partner-admin', 'partner-member'] as const
const EVERY_ACT = Object.keys(ACTS) as Act[]

/**
 * Role x act, written out by hand apart from the table in acts.ts: a change there has to be meant twice. Columns:
 * operator admin, reviewer, viewer · auditor · partner admin, member on their own organisation · machine · the public.
 */
const MATRIX: Record<Act, string> = {
  'read-public-pages': 'yyy y yy y y',
  'redeem-link': 'yyy y yy y y',
  'use-own-account': 'yyy y yy y y',
  'read-app': 'yyy y yy y -',
  'register-app': 'yy- - yy - -',
  'supply-details': 'yy- - yy - -',
  'send-measurements': 'yy- - yy - -',
  'prove-domain': 'yy- - yy y -',
  'withdraw-consent': 'yy- - y- - -',
  'answer-form': '--- - yy - -',
  'apply-for-badge': '--- - y- - -',
  'withdraw-application': '--- - y- - -',
  'answer-request': '--- - yy - -',
  'announce-downtime': '--- - yy - -',
  'write-on-thread': 'yy- - yy - -',
  'handle-application': 'yy- - -- - -',
  'read-notes': 'yyy y -- - -',
  'write-note': 'yy- - -- - -',
  'comment-on-draft': 'yy- - yy - -',
  'answer-comment': 'yy- - -- - -',
  'raise-concern': 'yyy y yy y y',
  'take-concern': '--- - -- y -',
  'handle-concern': 'yy- - -- - -',
  'answer-concern': '--- - yy - -',
  'lodge-appeal': '--- - y- - -',
  'decide-appeal': 'yy- - -- - -',
  'state-journey': 'yy- - yy - -',
  'run-journey': 'yy- - yy y -',
  'announce-rollout': 'yy- - -- - -',
  'write-ledger': 'yy- - yy - -',
  'sign-entry': 'yy- - -- - -',
  'probe-app': '--- - -- y -',
  'scan-app': 'yy- - yy y -',
  'dispute-finding': '--- - yy - -',
  'confirm-finding': 'yy- - -- - -',
  'suppress-finding': 'yy- - -- - -',
  'judge-app': '--- - -- y -',
  'confirm-record': 'yy- - -- - -',
  'review-attestation': 'yy- - -- - -',
  'review-changes': 'yy- - -- - -',
  'plan-reviews': '--- - -- y -',
  'grant-waiver': 'yy- - -- - -',
  'end-waiver': 'yy- - -- y -',
  'grant-badge': 'yy- - -- - -',
  'restore-badge': 'yy- - -- - -',
  'renew-badge': 'yy- - -- - -',
  'degrade-badge': '--- - -- y -',
  'suspend-badge': 'yy- - -- y -',
  'revoke-badge': 'yy- - -- y -',
  'expire-badge': '--- - -- y -',
  'warn-listing': 'yy- - -- y -',
  'hide-listing': 'yy- - -- y -',
  'pause-listing': 'yy- - -- y -',
  'relist-app': 'yy- - -- - -',
  'adopt-programme': 'y-- - -- y -',
  'end-programme': '--- - -- y -',
  'close-programme': 'y-- - -- - -',
  'retire-tier': 'y-- - -- - -',
  'read-overview': 'yyy y -- - -',
  'read-log': 'yyy y -- y -',
  'read-outbox': 'yyy y -- y -',
  'retry-delivery': 'yy- - -- - -',
  'cut-edition': 'yy- - -- y -',
  'read-states': 'yyy y -- - -',
  'look-at-listing': 'yy- - -- y -',
  'deliver-due': '--- - -- y -',
  'sweep-clocks': '--- - -- y -',
  'read-metrics': 'yyy y -- y -',
  'advance-clock': 'y-- - -- - -',
  'change-settings': 'y-- - -- - -',
  'change-webhooks': 'y-- - y- - -',
  'create-organisation': 'y-- - -- - -',
  'read-organisation': 'yyy y yy - -',
  'invite-person': 'y-- - y- - -',
  'change-role': 'y-- - y- - -',
  'remove-person': 'y-- - y- - -',
  'erase-person': 'y-- - -- - -',
  'issue-token': 'yyy y yy - -',
  'revoke-token': 'yyy y yy - -',
}

const GIVES = [
  'grant-badge',
  'restore-badge',
  'renew-badge',
  'grant-waiver',
  'relist-app',
  'review-attestation',
  'handle-concern',
  'decide-appeal',
] as const

describe('who may do what', () => {
  it.each(Object.entries(MATRIX))('%s', (act, row) => {
    const cells = row.replaceAll(' ', '')
    const who: Acting[] = [...ROLES.map((role) => person(as(role))), machine, nobody]
    const seen = who.map((one) => (passes(one, act as Act, { organisation: OWN }) ? 'y' : '-')).join('')
    expect(seen).toBe(cells)
  })

  it('knows every act', () => expect(Object.keys(MATRIX).sort()).toEqual([...EVERY_ACT].sort()))

  describe.each(EVERY_ACT)('%s', (act) => {
    const open = ACTS[act].anybody

    it('ends for a partner at its own organisation, and without one it is none of theirs', () => {
      for (const role of ROLES_OF.partner) {
        for (const on of [{ organisation: FOREIGN }, {}]) expect(passes(person(as(role)), act, on)).toBe(open)
      }
    })

    it('does not depend on the organisation for operators and auditors', () => {
      for (const role of [...ROLES_OF.operator, ...ROLES_OF.auditor]) {
        const expected = passes(person(as(role)), act, { organisation: OWN })
        for (const on of [{ organisation: FOREIGN }, {}]) expect(passes(person(as(role)), act, on)).toBe(expected)
      }
    })

    it('refuses the public with the way in, and a person without any organisation', () => {
      expect(codeOf(() => authorise(nobody, act))).toBe(open ? 'passes' : 'enrolment.sign_in')
      expect(codeOf(() => authorise(person(), act, { organisation: OWN }))).toBe(open ? 'passes' : 'enrolment.forbidden')
    })

    it('passes a token exactly when its person passes and its scope is there', () => {
      for (const role of ROLES) {
        const on = { organisation: OWN }
        const needed = ACTS[act].token
        expect(passes(token(SCOPES, as(role)), act, on)).toBe(open || (needed !== 'none' && passes(person(as(role)), act, on)))
        expect(
          passes(
            token(
              SCOPES.filter((scope) => scope !== needed),
              as(role),
            ),
            act,
            on,
          ),
        ).toBe(open)
      }
    })
  })
})

describe('promises of the table', () => {
  it.each(GIVES)('only people give: %s', (act) => {
    expect(codeOf(() => authorise(machine, act))).toBe('enrolment.forbidden')
    expect(codeOf(() => authorise(token(SCOPES, as('operator-admin')), act))).toBe('enrolment.forbidden')
    expect(codeOf(() => authorise(person(as('operator-reviewer')), act))).toBe('passes')
  })

  it.each(['suspend-badge', 'revoke-badge', 'expire-badge', 'degrade-badge', 'hide-listing', 'pause-listing', 'end-waiver'] as const)(
    'machines take away: %s',
    (act) => expect(codeOf(() => authorise(machine, act))).toBe('passes'),
  )

  it('gives no token a way to more than it has', () => {
    for (const act of ['issue-token', 'invite-person', 'change-settings', 'create-organisation'] as const) {
      expect(codeOf(() => authorise(token(SCOPES, as('operator-admin')), act))).toBe('enrolment.forbidden')
    }
  })

  it('lets a viewer and an auditor change nothing but their own tokens', () => {
    for (const role of ['operator-viewer', 'auditor'] as const) {
      const may = EVERY_ACT.filter((act) => passes(person(as(role)), act, { organisation: OWN }) && !ACTS[act].anybody)
      expect(may.filter((act) => !act.startsWith('read-'))).toEqual(['issue-token', 'revoke-token'])
    }
  })

  it('never takes an operator’s role from an organisation that is none', () => {
    for (const kind of ['partner', 'buyer', 'researcher', 'auditor'] as const) {
      const forged: Membership = { organisation: OWN, kind, role: 'operator-admin' }
      for (const act of EVERY_ACT) expect(passes(person(forged), act, { organisation: OWN })).toBe(ACTS[act].anybody)
      expect(partyOf(person(forged))).toEqual({ kind: 'public' })
    }
  })

  it('never lets a token do what its person may not, whatever the memberships and scopes', () => {
    const membership = fc
      .constantFrom(...ROLES)
      .chain((role) => fc.constantFrom(OWN, FOREIGN).map((organisation) => as(role, organisation)))
    fc.assert(
      fc.property(
        fc.array(membership, { maxLength: 3 }),
        fc.subarray([...SCOPES]),
        fc.constantFrom(...EVERY_ACT),
        fc.constantFrom<On>({}, { organisation: OWN }, { organisation: FOREIGN }),
        (memberships, scopes, act, on) => {
          if (passes(token(scopes, ...memberships), act, on)) expect(passes(person(...memberships), act, on)).toBe(true)
        },
      ),
    )
  })

  it('says what to do about it', () => {
    expect(refusalOf(nobody, 'read-overview')?.message).toBe('sign in to read the overview')
    expect(refusalOf(person(as('partner-admin')), 'grant-badge')?.message).toContain('a reviewer of the operator')
    expect(refusalOf(person(as('partner-admin')), 'read-app', { organisation: FOREIGN })?.message).toContain('another organisation')
    expect(refusalOf(token([], as('partner-admin')), 'read-app', { organisation: OWN })?.message).toContain('apps:read')
    expect(refusalOf(machine, 'grant-badge')?.message).toContain('needs a person')
  })
})

describe('the party of a transaction', () => {
  it.each<[string, Acting, On, ReturnType<typeof partyOf>]>([
    ['the public', nobody, {}, { kind: 'public' }],
    ['the machine', machine, {}, { kind: 'machine' }],
    ['an operator', person(as('operator-viewer')), {}, { kind: 'operator', person: 'per_1' }],
    ['an auditor', person(as('auditor')), {}, { kind: 'operator', person: 'per_1' }],
    ['a partner', person(as('partner-member')), {}, { kind: 'partner', organisation: OWN, person: 'per_1' }],
    ['a token', token([], as('partner-member')), {}, { kind: 'partner', organisation: OWN, person: 'per_1' }],
    ['nobody’s person', person(), { organisation: OWN }, { kind: 'public' }],
    [
      'one of two partners',
      person(as('partner-member'), as('partner-admin', FOREIGN)),
      { organisation: FOREIGN },
      { kind: 'partner', organisation: FOREIGN, person: 'per_1' },
    ],
  ])('of %s', (_, who, on, party) => expect(partyOf(who, on)).toEqual(party))

  it('is never guessed', () => {
    expect(codeOf(() => partyOf(person(as('partner-member'), as('partner-admin', FOREIGN))))).toBe('enrolment.which_organisation')
    expect(codeOf(() => partyOf(person(as('partner-member')), { organisation: FOREIGN }))).toBe('enrolment.forbidden')
  })
})

describe('the actor in the log', () => {
  it('has ids only, and the person behind a token', () => {
    expect(actorOf(person(as('operator-admin')))).toEqual({ kind: 'person', id: 'per_1' })
    expect(actorOf(token([]))).toEqual({ kind: 'token', id: 'tok_1', person: 'per_1' })
    expect(actorOf(machine)).toEqual({ kind: 'machine', name: 'worker' })
    expect(codeOf(() => actorOf(nobody))).toBe('enrolment.sign_in')
  })
})
