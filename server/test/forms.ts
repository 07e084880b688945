import { join } from 'node:path'
import { adoptProgrammes } from '../src/directory/adopting.ts'
import { registerApp } from '../src/directory/registering.ts'
import type { Acting, Membership } from '../src/enrolment/authorise.ts'
import type { House } from '../src/house.ts'
import { parseInstant, type Instant } from '../src/kernel/time.ts'
import { pipelineOf } from '../src/pipeline.ts'
import { createHttp, type Routes } from '../src/platform/http/app.ts'
import { loadPack, type Pack } from '../src/programmes/load.ts'
import type { Form } from '../src/programmes/schema.ts'
import { problemPage } from '../src/publishing/pages/problem.tsx'
import { ROUTES } from '../src/routes.ts'
import { testClock, testHouse, type TestClock } from './house.ts'
import type { Opened } from './storage.ts'

/** A marketplace under the model programme with one partner of two apps, people on both sides, and a clock that is moved. */

export const MODEL: Pack = loadPack(join(import.meta.dirname, '../../programmes/cloud-fortified'))

const of = (kind: Membership['kind'], organisation: string, role: Membership['role']): Membership => ({ kind, organisation, role })
const PEOPLE = {
  pia: [of('partner', 'org_quay', 'partner-admin')],
  paul: [of('partner', 'org_quay', 'partner-member')],
  eve: [of('partner', 'org_other', 'partner-admin')],
  rob: [of('operator', 'org_operator', 'operator-reviewer')],
  sue: [of('operator', 'org_operator', 'operator-reviewer')],
  vic: [of('operator', 'org_operator', 'operator-viewer')],
} as const satisfies Record<string, readonly Membership[]>
export type Name = keyof typeof PEOPLE

/** Somebody of the cast, signed in. */
export const as = (name: Name): Acting => ({
  kind: 'person',
  person: `person_${name}`,
  session: `session_${name}`,
  memberships: PEOPLE[name],
})

/** The header by which a request says who asks. Sessions would end long before a year has passed. */
export const WHO = 'x-who'

/** A Forge manifest of an app that sends data to one place of its own and one for figures. */
export const manifest = (name: string, egress: readonly string[] = ['https://api.quay.example']): string =>
  JSON.stringify({
    app: { id: `ari:cloud:ecosystem::app/${name}`, runtime: { name: 'nodejs22.x' } },
    permissions: {
      scopes: ['read:jira-work'],
      external: { fetch: { backend: egress.map((address) => ({ address, category: 'other' })) } },
    },
    modules: { 'jira:issuePanel': [{ key: 'panel', title: name, resource: 'main', resolver: { function: 'resolver' } }] },
  })

/** Opening a database and reading the model programme takes its time on a busy machine. */
export const OPENING_MS = 240_000

export type FormsMarket = {
  readonly house: House
  readonly app: Routes
  readonly clock: TestClock
  /** Moves the clock to a moment. */
  readonly at: (moment: string) => Instant
  readonly call: (
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    url: string,
    who: Name | null,
    payload?: object | string,
    headers?: { readonly [name: string]: string },
  ) => ReturnType<Routes['inject']> extends Promise<infer Answer> ? Promise<Answer> : never
  readonly register: (app: string, text?: string, of?: 'org_quay' | 'org_other') => Promise<void>
  readonly close: () => Promise<void>
}

export async function openFormsMarket(
  open: (clock: TestClock) => Promise<Opened>,
  begins: string,
  allow_targets: readonly string[] = [],
  /** Control targets, literal `IP:port`. */
  controls: readonly string[] = [],
): Promise<FormsMarket> {
  const clock = testClock(parseInstant(begins))
  const opened = await open(clock)
  const house = await testHouse(opened, clock, {
    packs: [MODEL],
    pipeline: pipelineOf([MODEL]),
    environment: { MARKETPLACE: 'Harbour Market', CONTROL_TARGETS: controls.map((target) => `http://${target}/`).join(',') },
    allow_targets: [...allow_targets, ...controls],
  })
  const app = await createHttp({
    log: house.log,
    public_url: house.public_url,
    trust_proxy: [],
    whoAsks: async (request) => {
      const name = request.headers[WHO]
      return typeof name === 'string' && name in PEOPLE ? as(name as Name) : { kind: 'public' }
    },
    refuseForeign: () => undefined,
    problemPage: (problem, request) => problemPage(house, problem, request, null),
    version: '0',
    requests_a_minute: 1_000_000,
  })
  for (const register of ROUTES) register(app, house, null)
  await app.ready()
  await adoptProgrammes(house)
  await house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, async (unit) => {
    for (const [organisation_id, kind, name] of [
      ['org_quay', 'partner', 'Quayside Software'],
      ['org_other', 'partner', 'Other Ltd'],
      ['org_operator', 'operator', 'The operator'],
    ] as const) {
      await unit.sql.insertInto('organisation').values({ marketplace_id: house.marketplace, organisation_id, kind, name }).execute()
    }
    for (const [name, [membership]] of Object.entries(PEOPLE)) {
      const person = { marketplace_id: house.marketplace, person_id: `person_${name}` }
      await unit.sql
        .insertInto('person')
        .values({ ...person, name: name.charAt(0).toUpperCase() + name.slice(1), mail: null, erased_at: null })
        .execute()
      await unit.sql
        .insertInto('membership')
        .values({ ...person, organisation_id: membership.organisation, role: membership.role })
        .execute()
    }
  })
  return {
    house,
    app,
    clock,
    at: (moment) => {
      const to = parseInstant(moment)
      clock.advance(Date.parse(to) - Date.parse(clock.now()))
      return to
    },
    call: async (method, url, who, payload, headers = {}) =>
      app.inject({
        method,
        url,
        headers: {
          ...(who === null ? {} : { [WHO]: who }),
          ...(typeof payload === 'string' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
          ...headers,
        },
        ...(payload === undefined ? {} : { payload }),
      }),
    register: async (id, text = manifest(id), organisation = 'org_quay') => {
      const brought = { bytes: new TextEncoder().encode(text), source_url: null }
      await registerApp(house, as(organisation === 'org_quay' ? 'pia' : 'eve'), { brought, organisation, app: id })
    },
    close: async () => {
      await app.close()
      await opened.close()
    },
  }
}

/** A fitting answer to every question of a form, whatever it asks; yes-no questions get what is given for them, else what no scoring minds. */
export function everyAnswer(form: Form, others: { readonly [place: string]: unknown } = {}): { [place: string]: unknown } {
  const answers: { [place: string]: unknown } = {}
  for (const field of form.groups.flatMap(({ fields }) => fields)) {
    const minded = new Set((field.scoring ?? []).map(({ answer }) => answer))
    answers[field.id] =
      field.answer === 'yes-no'
        ? !minded.has(true)
        : field.answer === 'choice'
          ? ((field.choices ?? []).find((choice) => !minded.has(choice)) ?? field.choices?.[0])
          : field.answer === 'records'
            ? [Object.fromEntries((field.parts ?? []).map((part) => [part.id, SAMPLE[part.answer]]))]
            : SAMPLE[field.answer]
    if (field.answer === 'records') continue
    for (const part of field.parts ?? []) answers[`${field.id}.${part.id}`] = SAMPLE[part.answer]
  }
  return { ...answers, ...others }
}

const SAMPLE = {
  'yes-no': true,
  text: 'As our handbook says, chapter 4.',
  'rich-text': 'First line.\nSecond line.',
  list: ['names', 'addresses'],
  number: 7,
  choice: 'TRUE',
  email: 'security@quay.example',
  url: 'https://quay.example/security',
  countries: ['DE', 'AT'],
  date: '2026-01-31',
  'number-range': { from: 1, to: 30 },
  records: [],
} as const
