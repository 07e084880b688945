import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testClock, testHouse } from '../../test/house.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import type { House } from '../house.ts'
import { opaque } from '../kernel/flow.ts'
import { story } from '../kernel/story.ts'
import { after, instant, HOUR_MS } from '../kernel/time.ts'
import { pipeline } from '../platform/dispatch.ts'
import type { Acting } from './authorise.ts'
import { operatorOrganisation } from './organisation.ts'
import { createPerson, join, leave } from './person.ts'
import { confirm, openProposals, propose, withdraw } from './proposing.ts'
import {
  allowed,
  proposal,
  proposalsView,
  type ProposalCommand,
  type ProposalEvent,
  type ProposalState,
  type Proposed,
} from './two-persons.ts'

const now = instant(1_790_000_000_000)
const made: Proposed = {
  proposal: 'pro_1',
  act: 'grant-waiver',
  app: 'a',
  what: { requirement: 'security.hsts', until: '2027-01-01' },
  by: 'per_1',
  expires_at: after(now, HOUR_MS),
}
const proposed: ProposalEvent = { type: 'enrolment.proposal_made', payload: made }
const confirmed: ProposalEvent = { type: 'enrolment.proposal_confirmed', payload: { proposal: 'pro_1', by: 'per_2' } }
const withdrawn: ProposalEvent = { type: 'enrolment.proposal_withdrawn', payload: { proposal: 'pro_1', by: 'per_1' } }
const by = (person: string, involved: readonly string[] = []): ProposalCommand => ({ do: 'confirm', by: person, involved })

describe('a proposal', () => {
  const given = (...facts: readonly ProposalEvent[]) => story(proposal, now).given(...facts)

  it('is confirmed by a second person', () => expect(given(proposed).when(by('per_2')).events).toEqual([confirmed]))
  it('is not confirmed by whoever made it', () => expect(given(proposed).when(by('per_1')).refused).toBe('enrolment.same_person'))
  it('is not confirmed by somebody with a hand in it', () =>
    expect(given(proposed).when(by('per_2', ['per_3', 'per_2'])).refused).toBe('enrolment.involved'))
  it('is over at its end, to the millisecond', () => {
    const at = (ms: number) => story(proposal, after(made.expires_at, ms)).given(proposed).when(by('per_2')).refused
    expect([at(-1), at(0)]).toEqual([null, 'enrolment.proposal_over'])
  })
  it('is withdrawn by anybody who may do the act', () =>
    expect(given(proposed).when({ do: 'withdraw', by: 'per_1' }).events).toEqual([withdrawn]))

  const STATES = {
    none: [],
    open: [proposed],
    confirmed: [proposed, confirmed],
    withdrawn: [proposed, withdrawn],
  } as const satisfies Record<ProposalState['status'], readonly ProposalEvent[]>
  const COMMANDS = {
    propose: { do: 'propose', made },
    confirm: by('per_2'),
    withdraw: { do: 'withdraw', by: 'per_2' },
  } as const satisfies Record<ProposalCommand['do'], ProposalCommand>
  it.each(Object.keys(STATES).flatMap((status) => Object.keys(COMMANDS).map((command) => [status, command] as const)))(
    'that is %s: %s passes exactly when the table allows it',
    (status, command) => {
      const { refused } = given(...STATES[status as keyof typeof STATES]).when(COMMANDS[command as keyof typeof COMMANDS])
      expect(refused === null).toBe((allowed[status as keyof typeof STATES] as readonly string[]).includes(command))
    },
  )
})

describe.each(ENGINES)('the two-person rule, on $engine', ({ open }) => {
  const clock = testClock(now)
  let opened: Opened
  let house: House
  let organisation: string
  const people: { [name: string]: string } = {}
  const as = (name: string, ...more: { organisation: string; kind: 'partner'; role: 'partner-admin' }[]): Acting => ({
    kind: 'person',
    person: people[name] ?? '',
    session: 's',
    memberships: [{ organisation, kind: 'operator', role: 'operator-reviewer' }, ...more],
  })
  const proposeAs = (name: string): Promise<string> =>
    house.act(as(name), 'grant-waiver', { organisation: 'org_p' }, (desk) =>
      propose(desk, { act: 'grant-waiver', app: 'a', what: { requirement: 'security.hsts' }, lasts_ms: HOUR_MS }),
    )
  const confirmAs = async (who: Acting, id: string, involved: readonly string[] = []): Promise<Proposed> =>
    house.act(who, 'grant-waiver', { organisation: 'org_p' }, (desk) =>
      confirm(desk, id, { act: 'grant-waiver', on: { organisation: 'org_p' }, involved }),
    )

  beforeAll(async () => {
    opened = await open(clock)
    house = await testHouse(opened, clock, { pipeline: pipeline([opaque(proposalsView)], []) })
    await opened.database.within({ marketplace: 'main', party: { kind: 'machine' } }, async (unit) => {
      organisation = (await operatorOrganisation(unit)).organisation
      for (const name of ['ada', 'bob', 'cyd']) {
        const id = await createPerson(unit, { name, mail: null })
        people[name] = id
        await join(unit, id, organisation, name === 'cyd' ? 'operator-admin' : 'operator-reviewer')
      }
    })
  })
  afterAll(() => opened.close())

  it('hands on what was proposed once a second person confirms, and only once', async () => {
    const id = await proposeAs('ada')
    await expect(confirmAs(as('ada'), id)).rejects.toMatchObject({ code: 'enrolment.same_person' })
    await expect(confirmAs(as('bob'), id, [people['bob'] ?? ''])).rejects.toMatchObject({ code: 'enrolment.involved' })
    expect(await confirmAs(as('bob'), id)).toMatchObject({ by: people['ada'], what: { requirement: 'security.hsts' } })
    await expect(confirmAs(as('cyd'), id)).rejects.toMatchObject({ code: 'enrolment.wrong_state' })
  })

  it('lets one of two confirm who do so at once', async () => {
    const id = await proposeAs('ada')
    const results = await Promise.allSettled([confirmAs(as('bob'), id), confirmAs(as('cyd'), id)])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('refuses a reviewer who belongs to the partner too, a token, and another act’s proposal', async () => {
    const id = await proposeAs('ada')
    const both = as('bob', { organisation: 'org_p', kind: 'partner', role: 'partner-admin' })
    await expect(confirmAs(both, id)).rejects.toMatchObject({ code: 'enrolment.involved' })
    const memberships = [{ organisation, kind: 'operator', role: 'operator-reviewer' }] as const
    const token: Acting = { kind: 'token', token: 't', person: people['bob'] ?? '', scopes: ['records:write'], memberships }
    await expect(confirmAs(token, id)).rejects.toMatchObject({ code: 'enrolment.forbidden' })
    await expect(
      house.act(as('bob'), 'grant-badge', {}, (desk) => confirm(desk, id, { act: 'grant-badge', on: {}, involved: [] })),
    ).rejects.toMatchObject({ code: 'enrolment.no_such_proposal' })
    await expect(confirmAs(as('bob'), 'pro_unknown')).rejects.toMatchObject({ code: 'enrolment.no_such_proposal' })
  })

  it('lists what is open, not what is withdrawn, confirmed or over', async () => {
    const listed = async () =>
      (await house.act(as('bob'), 'read-overview', {}, (desk) => openProposals(desk, 'grant-waiver'))).map((one) => one.proposal)
    const before = await listed()
    const [kept, taken] = [await proposeAs('ada'), await proposeAs('ada')]
    await house.act(as('bob'), 'grant-waiver', {}, (desk) => withdraw(desk, taken))
    expect(await listed()).toEqual([...before, kept])
    clock.advance(HOUR_MS)
    expect(await listed()).toEqual([])
    await expect(confirmAs(as('bob'), kept)).rejects.toMatchObject({ code: 'enrolment.proposal_over' })
  })

  it('counts for nothing once its first person may not do it any more', async () => {
    const id = await proposeAs('ada')
    await opened.database.within({ marketplace: 'main', party: { kind: 'machine' } }, (unit) =>
      leave(unit, people['ada'] ?? '', organisation),
    )
    await expect(confirmAs(as('bob'), id)).rejects.toMatchObject({ code: 'enrolment.proposer_gone' })
  })
})
