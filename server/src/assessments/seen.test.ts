import { describe, expect, it } from 'vitest'
import { MODEL } from '../../test/forms.ts'
import { story } from '../kernel/story.ts'
import { after, DAY_MS, instant } from '../kernel/time.ts'
import { allowedOfCertification, certification, holds, type CertificationCommand, type CertificationState } from './certification.ts'
import { allowedOfContradiction, contradiction, type ContradictionCommand, type ContradictionState } from './contradiction.ts'
import type { CertificationEvent, ContradictionEvent } from './events.ts'
import type { Answers } from './form.ts'
import { compare, type Rule, type Seen } from './seen.ts'

const now = instant(1_790_000_000_000)
const form = MODEL.forms.find(({ id }) => id === 'privacy-and-security')
const questions = MODEL.forms.find(({ id }) => id === 'partner-security-questionnaire')
const rules = MODEL.policies.flatMap((policy) => (policy.kind === 'answers-seen' ? policy.rules : []))
const NOTHING: Seen = { hosting: 'platform', egress: [], own_domains: ['quay.example'], checks: {}, certifications: 0 }
const domainOf = (address: string): string | null => /([\w-]+\.[\w-]+)(?:[/:]|$)/.exec(address.replace(/^\w+:\/\//, ''))?.[1] ?? null
const PROCESSED = 'dataAccessAndStorage.appProcessEUDOutsideAtlassian'
const STORED = 'dataAccessAndStorage.appStoresEUDOutsideAtlassian'
const SHARED = 'thirdPartyInformation.isEndUserDataShared'
const DETAILS = 'thirdPartyInformation.thirdPartyDetails'

/** Rules that answers break, and fields that were borne out, under the rules of the model programme. */
function found(answers: Answers, seen: Partial<Seen> = {}, partner: Answers = {}) {
  if (form === undefined || questions === undefined) throw new Error('the model programme has both forms')
  const said = new Map([
    [form.id, { form, answers }],
    [questions.id, { form: questions, answers: partner }],
  ])
  const { broken, untold, agreed } = compare(rules, said, { ...NOTHING, ...seen }, domainOf)
  return { untold: untold.map(({ id }) => id), broken: broken.map(({ id }) => id), agreed: agreed.map(({ field }) => field) }
}
const egress = (address: string, analytics = false) => ({ egress: [{ address, analytics }] })

describe('answers held against what was seen', () => {
  it('every field that a rule names is in its form', () => {
    const missing = rules.filter((rule: Rule) => {
      const asked = MODEL.forms.find(({ id }) => id === rule.form)?.groups.flatMap(({ fields }) => fields.map(({ id }) => id)) ?? []
      return !asked.includes(rule.field)
    })
    expect(rules.length).toBeGreaterThan(5)
    expect(missing).toEqual([])
  })

  it.each([
    ['inconclusive', ['permissions-explained'], []],
    ['review', ['permissions-explained'], []],
    ['fail', [], ['permissions-explained']],
    ['pass', [], []],
    ['not_applicable', [], []],
  ])('a check that says %s can be told from one that could not look', (outcome, untold, broken) => {
    const told = found({ 'security.permissionsJustification': 'x' }, { checks: { 'least-privilege-scopes': outcome } })
    expect([told.untold, told.broken]).toEqual([untold, broken])
  })
  it('a check that was never made tells nothing', () => {
    expect(found({ 'security.permissionsJustification': 'x' }).untold).toEqual(['permissions-explained'])
  })

  it.each([
    ['no, and nothing leaves', { [PROCESSED]: false }, {}, [], []],
    ['no, and data leaves', { [PROCESSED]: false }, egress('https://api.quay.example'), ['processed-elsewhere'], []],
    ['no, and only figures of use leave', { [PROCESSED]: false }, egress('https://api.quay.example', true), [], []],
    ['yes, and data leaves', { [PROCESSED]: true }, egress('https://api.quay.example'), [], [PROCESSED]],
    ['yes, and nothing was seen: neither borne out nor contradicted', { [PROCESSED]: true }, {}, [], []],
    ['not answered', {}, egress('https://api.quay.example'), [], []],
    ['nothing stored, on servers of their own', { [STORED]: false }, { hosting: 'remote' }, ['stored-elsewhere'], []],
    ['shared with nobody, and sent to somebody else', { [SHARED]: false }, egress('https://in.mail.example'), ['shared-with-nobody'], []],
    ['shared with nobody, and sent to themselves', { [SHARED]: false }, egress('https://api.quay.example'), [], []],
    [
      'shared, and the recipient is named',
      { [SHARED]: true, [DETAILS]: [{ name: 'M', link: 'https://mail.example/dpa' }] },
      egress('https://in.mail.example'),
      [],
      [],
    ],
    [
      'shared, and another is named',
      { [SHARED]: true, [DETAILS]: [{ name: 'N', link: 'https://news.example/' }] },
      egress('https://in.mail.example'),
      ['recipients-named'],
      [SHARED],
    ],
    ['details that are not asked any more', { [SHARED]: false, [DETAILS]: [{ name: 'N', link: 'https://news.example/' }] }, {}, [], []],
    [
      'data stays on the platform, says one; is stored elsewhere, says another',
      { [STORED]: true, 'dataResidency.isDataResidencySupported': 'STORED_IN_ATLASSIAN_N_DR_SUPPORTED' },
      {},
      ['residency-and-storage'],
      [],
    ],
    [
      'permissions explained, and the scan found too many',
      { 'security.permissionsJustification': 'x' },
      { checks: { 'least-privilege-scopes': 'fail' } },
      ['permissions-explained'],
      [],
    ],
  ] as const)('%s', (_, answers, seen, broken, agreed) => {
    expect(found(answers, seen)).toMatchObject({ broken, agreed })
  })

  it('answers are held against each other, the partner’s and the app’s', () => {
    const encrypted = { 'security.isDiskEncryptionSupported': true }
    expect(found(encrypted, {}, { 7: false }).broken).toEqual(['disks-encrypted'])
    expect(found(encrypted, {}, { 7: true }).broken).toEqual([])
  })

  it('a certificate that is claimed needs a record; one that nobody claims needs none', () => {
    expect(found({}, {}, { 23: ['SOC 2 Type 2'] }).broken).toEqual(['certificates-recorded'])
    expect(found({}, { certifications: 1 }, { 23: ['SOC 2 Type 2'] }).broken).toEqual([])
    expect(found({}, {}, {}).broken).toEqual([])
  })
})

const of = { app: 'a', rule: 'r' }
const due_at = after(now, 14 * DAY_MS)
const found_event: ContradictionEvent = {
  type: 'assessments.contradiction_found',
  payload: { ...of, form: 'f', field: 'q', due_at, evidence: [], record: 'tab-review', state: 'contradicted' },
}
const explained: ContradictionEvent = {
  type: 'assessments.contradiction_explained',
  payload: { ...of, form: 'f', field: 'q', by: 'pia', evidence: ['sha256:1'] },
}
const leaves = { record: 'tab-review', state: 'contradicted' }
const told: ContradictionEvent = { type: 'assessments.contradiction_told', payload: { ...of, form: 'f', field: 'q', ...leaves } }
const accepted: ContradictionEvent = {
  type: 'assessments.explanation_accepted',
  payload: { ...of, form: 'f', field: 'q', reviewer: 'rob', evidence: [] },
}

describe('a contradiction', () => {
  const given = (...facts: readonly ContradictionEvent[]) => story(contradiction, now).given(...facts)
  const judge = (act: 'accept' | 'refuse', by: string, of_the_partner = false): ContradictionCommand => ({
    ...of,
    do: act,
    by,
    of_the_partner,
    evidence: [],
  })

  it('leaves the partner its time: nothing follows a moment before it is over', () => {
    const early = story(contradiction, after(due_at, -1)).given({ ...found_event, at: now })
    expect(early.when({ ...of, do: 'tell' }).events).toEqual([])
    const late = story(contradiction, due_at).given({ ...found_event, at: now })
    expect(late.when({ ...of, do: 'tell' }).events).toEqual([told])
  })

  it('that was explained waits for the operator, and its clock runs no more', () => {
    expect(
      story(contradiction, after(due_at, DAY_MS))
        .given(found_event, explained)
        .when({ ...of, do: 'tell' }).refused,
    ).toBe('assessments.wrong_state')
    expect(given(found_event, explained).when(judge('accept', 'rob')).events).toEqual([accepted])
    expect(given(found_event, explained).when(judge('refuse', 'rob')).events).toMatchObject([{ payload: leaves }])
  })

  it('is judged by nobody who explained it, nor by somebody of the partner', () => {
    expect(given(found_event, explained).when(judge('accept', 'pia')).refused).toBe('assessments.involved')
    expect(given(found_event, explained).when(judge('accept', 'rob', true)).refused).toBe('assessments.involved')
  })

  it('that went away can come again, with time of its own', () => {
    const settled: ContradictionEvent = { type: 'assessments.contradiction_settled', payload: { ...of, form: 'f', field: 'q' } }
    expect(given(found_event, settled).state).toEqual(contradiction.initial)
  })

  const STATES = {
    none: [],
    open: [found_event],
    explained: [found_event, explained],
    told: [found_event, told],
    accepted: [found_event, explained, accepted],
  } as const satisfies Record<ContradictionState['status'], readonly ContradictionEvent[]>
  const COMMANDS = {
    find: { ...of, do: 'find', form: 'f', field: 'q', due_at, evidence: [], record: 'tab-review', state: 'contradicted' },
    settle: { ...of, do: 'settle' },
    explain: { ...of, do: 'explain', by: 'pia', evidence: [] },
    accept: judge('accept', 'sue'),
    refuse: judge('refuse', 'sue'),
    tell: { ...of, do: 'tell' },
  } as const satisfies Record<ContradictionCommand['do'], ContradictionCommand>
  it.each(Object.keys(STATES).flatMap((status) => Object.keys(COMMANDS).map((command) => [status, command] as const)))(
    'that is %s: %s passes exactly when the table allows it',
    (status, command) => {
      const so_far = given(...STATES[status as keyof typeof STATES])
      expect(so_far.state.status).toBe(status)
      const passes = (allowedOfContradiction[status as keyof typeof STATES] as readonly string[]).includes(command)
      expect(so_far.when(COMMANDS[command as keyof typeof COMMANDS]).refused).toBe(passes ? null : 'assessments.wrong_state')
    },
  )
})

describe('a certification', () => {
  const id = { certification: 'c', organisation: 'o' }
  const expires_at = after(now, 100 * DAY_MS)
  const recorded: CertificationEvent = {
    type: 'assessments.certification_recorded',
    payload: { ...id, by: 'pia', issued_on: '2026-01-01', expires_at, evidence: [] },
  }
  const confirmed: CertificationEvent = { type: 'assessments.certification_confirmed', payload: { ...id, reviewer: 'rob' } }
  const given = (...facts: readonly CertificationEvent[]) => story(certification, now).given(...facts)
  const record = (how: Partial<Extract<CertificationCommand, { do: 'record' }>> = {}): CertificationCommand => ({
    ...id,
    do: 'record',
    by: 'pia',
    issued_on: '2026-01-01',
    expires_at,
    evidence: [],
    ...how,
  })

  it('holds through its last day, confirmed or not, and not a moment longer', () => {
    for (const facts of [[recorded], [recorded, confirmed]] as const) {
      expect(holds(given(...facts).state, after(expires_at, -1))).toBe(true)
      expect(holds(given(...facts).state, expires_at)).toBe(false)
    }
  })

  it('is not recorded when it has ended or is not issued yet', () => {
    expect(given().when(record({ expires_at: now })).refused).toBe('assessments.certificate_ended')
    expect(given().when(record({ issued_on: '2199-01-01', expires_at })).refused).toBe('assessments.certificate_not_begun')
  })

  it('is confirmed by nobody who entered it, nor by somebody of the partner', () => {
    expect(given(recorded).when({ ...id, do: 'confirm', by: 'pia', of_the_partner: false }).refused).toBe('assessments.involved')
    expect(given(recorded).when({ ...id, do: 'confirm', by: 'rob', of_the_partner: true }).refused).toBe('assessments.involved')
  })

  const STATES = {
    none: [],
    recorded: [recorded],
    confirmed: [recorded, confirmed],
    refused: [recorded, { type: 'assessments.certification_refused', payload: { ...id, reviewer: 'rob', evidence: [] } }],
    withdrawn: [recorded, { type: 'assessments.certification_withdrawn', payload: { ...id, by: 'pia' } }],
    lapsed: [recorded, { type: 'assessments.certification_lapsed', payload: id }],
  } as const satisfies Record<CertificationState['status'], readonly CertificationEvent[]>
  const COMMANDS = {
    record: record(),
    confirm: { ...id, do: 'confirm', by: 'sue', of_the_partner: false },
    refuse: { ...id, do: 'refuse', by: 'sue', of_the_partner: false, evidence: [] },
    withdraw: { ...id, do: 'withdraw', by: 'pia' },
    lapse: { ...id, do: 'lapse' },
  } as const satisfies Record<CertificationCommand['do'], CertificationCommand>
  it.each(Object.keys(STATES).flatMap((status) => Object.keys(COMMANDS).map((command) => [status, command] as const)))(
    'that is %s: %s passes exactly when the table allows it',
    (status, command) => {
      const so_far = given(...STATES[status as keyof typeof STATES])
      expect(so_far.state.status).toBe(status)
      const passes = (allowedOfCertification[status as keyof typeof STATES] as readonly string[]).includes(command)
      expect(so_far.when(COMMANDS[command as keyof typeof COMMANDS]).refused).toBe(passes ? null : 'assessments.wrong_state')
    },
  )
})
