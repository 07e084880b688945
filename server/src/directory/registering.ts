import type { Desk, House } from '../house.ts'
import type { Acting } from '../enrolment/authorise.ts'
import { Refused } from '../kernel/refused.ts'
import { newId } from '../platform/clock.ts'
import { secret, sha256Bytes } from '../platform/crypto.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { app as decider, type AppCommand } from './app.ts'
import { APP_ID, freeSlug, slugOf } from './app-id.ts'
import { APPS, type AppDocument } from './apps-view.ts'
import type { AppDescription } from './description.ts'
import { readDescriptor } from './descriptors/read.ts'
import { domainsOf, proveDomain, type Proof } from './domain-proof.ts'
import type { DirectoryEvent } from './events.ts'

/** A descriptor as it came: its bytes, and the address they were fetched from. */
export type Brought = { readonly bytes: Uint8Array; readonly source_url: string | null }

/** The largest descriptor that is read; the largest real one that we know has 3 kB. */
export const LARGEST_DESCRIPTOR_BYTES = 2 * 1024 * 1024

/** Fetches a descriptor from an address that a stranger gave. */
export async function bringDescriptor(house: House, url: string): Promise<Brought> {
  if (!URL.canParse(url))
    throw new Refused('directory.bad_url', `"${url.slice(0, 200)}" is not an address; write it with https:// in front`, 'url')
  const asked = new URL(url)
  const answer = await house.stranger.fetch({
    url,
    headers: [['accept', 'application/json, application/yaml, text/yaml;q=0.9, */*;q=0.5']],
    ports: asked.port === '' ? [] : [Number(asked.port)],
    limits: { body_bytes: LARGEST_DESCRIPTOR_BYTES, inflated_bytes: LARGEST_DESCRIPTOR_BYTES, redirects: 3 },
  })
  if (answer.kind === 'no-answer') {
    throw new Refused(
      'directory.not_fetched',
      `The descriptor could not be fetched: ${answer.detail}. Mend the address, or upload the file instead.`,
      'url',
    )
  }
  if (answer.status !== 200) {
    throw new Refused(
      'directory.not_fetched',
      `${answer.url} answers ${answer.status}, not 200. Mend the address, or upload the file instead.`,
      'url',
    )
  }
  return { bytes: answer.body, source_url: answer.url }
}

/** Takes an app into the directory. Answers with its id. */
export async function registerApp(
  house: House,
  who: Acting,
  given: {
    readonly brought: Brought
    /** Who makes it. Without it an operator's registration goes to the partner whom the descriptor names, new if need be. */
    readonly organisation?: string | undefined
    readonly app?: string | undefined
    readonly base_urls?: readonly string[] | undefined
  },
): Promise<{ readonly app: string; readonly description: AppDescription }> {
  const { description, text } = readDescriptor(given.brought.bytes, sha256Bytes)
  if (given.app !== undefined && !APP_ID.test(given.app)) {
    throw new Refused('directory.bad_id', `"${given.app}" cannot stand in an address; use lower-case letters, digits and hyphens`, 'app')
  }
  const base_urls = given.base_urls?.map(checkedBaseUrl)
  const on = given.organisation === undefined ? {} : { organisation: given.organisation }
  return house.act(who, 'register-app', on, async (desk) => {
    const organisation = given.organisation ?? (await desk.asMachine(() => partnerNamed(desk, description.partner)))
    await desk.asMachine(() => refuseUnknownOrganisation(desk, organisation))
    const app = await desk.asMachine(() => freeId(desk, given.app, description))
    await desk.asMachine(async () => {
      await desk.sql
        .insertInto('subject_party')
        .values({ marketplace_id: house.marketplace, subject: app, organisation_id: organisation })
        .execute()
      const value = JSON.stringify({ token: `castellan-${secret()}` })
      await desk.sql
        .insertInto('setting')
        .values({ marketplace_id: house.marketplace, name: domainTokenName(app), value })
        .execute()
    })
    const evidence = await keptDescriptor(desk, app, given.brought, text)
    const { source_url } = given.brought
    await decideAndRecord(desk, app, { act: 'register', app, organisation, description, evidence, source_url })
    if (base_urls !== undefined && base_urls.length > 0) {
      await decideAndRecord(desk, app, { act: 'supply_details', app, health_path: null, alert_mailbox: false, base_urls })
    }
    return { app, description }
  })
}

/** Records a descriptor that was read again; nothing when it is the same. True when it was new. */
export async function readDescriptorAgain(house: House, who: Acting, app: string, brought: Brought): Promise<boolean> {
  const { description, text } = readDescriptor(brought.bytes, sha256Bytes)
  return house.act(who, 'read-app', await onApp(house, app), async (desk) => {
    const known = await desk.documents.get<AppDocument>(APPS, app)
    if (known?.descriptor === description.digest) return false
    const evidence = await keptDescriptor(desk, app, brought, text)
    await decideAndRecord(desk, app, { act: 'read_descriptor', app, description, evidence, source_url: brought.source_url })
    return true
  })
}

/** What no descriptor carries. `null` leaves a thing as it is known. */
export type Details = {
  readonly health_path?: string | null | undefined
  readonly base_urls?: readonly string[] | null | undefined
  /** Where alerts go; empty text removes it. Kept outside the log, so that it can be erased. */
  readonly alert_mailbox?: string | null | undefined
}

/** Supplies details of an app. */
export async function supplyDetails(house: House, who: Acting, app: string, details: Details): Promise<void> {
  const base_urls = details.base_urls?.map(checkedBaseUrl)
  const health_path = details.health_path === undefined || details.health_path === null ? null : checkedPath(details.health_path)
  const mailbox = details.alert_mailbox === undefined || details.alert_mailbox === null ? null : checkedMailbox(details.alert_mailbox)
  await house.act(who, 'supply-details', await onApp(house, app), async (desk) => {
    const known = await knownApp(desk, app)
    if (mailbox !== null) await desk.asMachine(() => keepMailbox(desk, app, mailbox))
    await decideAndRecord(desk, app, {
      act: 'supply_details',
      app,
      health_path: health_path ?? known.health_path,
      alert_mailbox: mailbox === null ? known.alert_mailbox : mailbox !== '',
      base_urls: base_urls ?? known.base_urls,
    })
  })
}

/** Tells that an app answers at another base URL from now on, everything else as it was. The demo's own apps move that way. */
export async function moveApp(house: House, who: Acting, app: string, base_url: string): Promise<void> {
  await house.act(who, 'read-app', await onApp(house, app), async (desk) => {
    const { health_path, alert_mailbox } = await knownApp(desk, app)
    await decideAndRecord(desk, app, { act: 'supply_details', app, health_path, alert_mailbox, base_urls: [checkedBaseUrl(base_url)] })
  })
}

/** The token that an app's partner publishes to prove control, with the places where it may stand. */
export async function proofToken(
  house: House,
  who: Acting,
  app: string,
): Promise<{ readonly token: string; readonly domains: readonly string[] }> {
  return house.act(who, 'read-app', await onApp(house, app), async (desk) => {
    const known = await knownApp(desk, app)
    return { token: await desk.asMachine(() => tokenOf(desk, app)), domains: domainsOf(known.base_urls) }
  })
}

/** Looks for the token on each of the app's domains that is not proven yet, and records what was proven. */
export async function proveControl(
  house: House,
  who: Acting,
  app: string,
  resolveTxt: (name: string) => Promise<readonly (readonly string[])[]>,
): Promise<readonly Proof[]> {
  const on = await onApp(house, app)
  const { known, token } = await house.act(who, 'prove-domain', on, async (desk) => ({
    known: await knownApp(desk, app),
    token: await desk.asMachine(() => tokenOf(desk, app)),
  }))
  if (known.base_urls.length === 0) {
    throw new Refused(
      'directory.no_base_url',
      `No base URL of ${known.name} is known, so there is nothing to prove. Supply one first.`,
      'base_urls',
    )
  }
  // Outside any transaction: strangers take their time.
  const proofs: Proof[] = []
  for (const domain of domainsOf(known.base_urls)) {
    if (known.domains.includes(domain)) continue
    const base_url = known.base_urls.find((url) => domainsOf([url])[0] === domain)
    if (base_url !== undefined) proofs.push(await proveDomain({ base_url, token, client: house.stranger, resolveTxt }))
  }
  const proven = proofs.filter((proof) => proof.proven)
  if (proven.length > 0) {
    await house.act(who, 'prove-domain', on, async (desk) => {
      for (const { domain, method } of proven) await decideAndRecord(desk, app, { act: 'prove_domain', app, domain, method })
    })
  }
  return proofs
}

/** Takes back the consent to be watched. */
export async function withdrawConsent(house: House, who: Acting, app: string): Promise<void> {
  await house.act(who, 'withdraw-consent', await onApp(house, app), (desk) => decideAndRecord(desk, app, { act: 'withdraw_consent', app }))
}

/** Records that a person has confirmed something that lives elsewhere: an enrolment, a contact, a drill. */
export async function confirmRecord(
  house: House,
  who: Acting,
  app: string,
  record: { readonly kind: string; readonly state: string; readonly source: string },
): Promise<void> {
  await house.act(who, 'confirm-record', await onApp(house, app), (desk) => confirmRecordAt(desk, app, record))
}

/** The same at a desk that is open: for whoever was let pass for it, and confirms a record by something else that they do. */
export async function confirmRecordAt(
  desk: Desk,
  app: string,
  record: { readonly kind: string; readonly state: string; readonly source: string },
): Promise<void> {
  const { who } = desk
  await knownApp(desk, app)
  const evidence = await desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject: app,
        kind: 'record',
        observed_at: desk.now,
        source: { by: who.kind === 'person' || who.kind === 'token' ? who.person : who.kind, via: 'confirmed' },
        visibility: 'partner',
        body: { kind: record.kind, state: record.state, source: record.source },
      },
    ]),
  )
  await decideAndRecord(desk, app, { act: 'confirm_record', app, kind: record.kind, state: record.state, evidence })
}

/** Whose thing an app is, for the authorisation; refuses an app that is not there. */
export async function onApp(house: Pick<House, 'database' | 'marketplace'>, app: string): Promise<{ readonly organisation: string }> {
  const document = await house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, (unit) =>
    unit.documents.get<AppDocument>(APPS, app),
  )
  if (document === null) throw new Refused('directory.no_such_app', `There is no app "${app}" here.`, app)
  return { organisation: document.organisation }
}

/** The stream of an app's life in the directory. */
export const appStream = (app: string): string => `app/${app}`

async function decideAndRecord(desk: Desk, app: string, command: AppCommand): Promise<void> {
  await desk.asMachine(async () => {
    const events = await desk.log.stream(appStream(app))
    // The guarantee of the cast: only this decider's events are appended to this stream.
    const state = events.reduce(
      (before, event) => decider.evolve(before, event as unknown as DirectoryEvent & { at: typeof event.at }),
      decider.initial,
    )
    const facts = decider.decide(command, state, desk.now)
    if (facts.length === 0) return
    await desk.record(
      facts.map(({ type, payload }) => ({ stream: appStream(app), subject: app, type, payload })),
      { expect: { stream: appStream(app), version: events.length } },
    )
  })
}

const keptDescriptor = async (desk: Desk, app: string, brought: Brought, text: string) => {
  const [evidence] = await desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject: app,
        kind: 'descriptor',
        observed_at: desk.now,
        source: { via: brought.source_url ?? 'upload' },
        visibility: 'partner',
        body: { text: text.toWellFormed(), sha256: sha256Bytes(brought.bytes), source_url: brought.source_url },
      },
    ]),
  )
  if (evidence === undefined) throw new Error('evidence that was kept has no name')
  return evidence
}

async function freeId(desk: Desk, wanted: string | undefined, description: AppDescription): Promise<string> {
  const apps = await desk.documents.list<AppDocument>(APPS)
  const same = description.key === null ? undefined : apps.find(({ document }) => document.key === description.key)
  if (same !== undefined) {
    throw new Refused(
      'directory.already_registered',
      `An app with the key ${description.key} is registered already, as ${same.key}; send its new descriptor to that app instead.`,
      'key',
    )
  }
  const taken = new Set(apps.map(({ key }) => key))
  if (wanted !== undefined && taken.has(wanted)) {
    throw new Refused('directory.already_registered', `The id "${wanted}" is taken; choose another.`, 'app')
  }
  return wanted ?? freeSlug(slugOf(description.name, description.key), (id) => taken.has(id))
}

async function partnerNamed(desk: Desk, partner: string | null): Promise<string> {
  const name = (partner ?? '').trim().slice(0, 200)
  if (name === '') {
    throw new Refused('directory.no_partner', 'This descriptor names no partner; say which organisation makes the app.', 'organisation')
  }
  const found = await desk.sql
    .selectFrom('organisation')
    .select('organisation_id')
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('kind', '=', 'partner')
    .where('name', '=', name)
    .executeTakeFirst()
  if (found !== undefined) return found.organisation_id
  const organisation_id = newId('org')
  await desk.sql
    .insertInto('organisation')
    .values({ marketplace_id: desk.scope.marketplace, organisation_id, kind: 'partner', name })
    .execute()
  return organisation_id
}

async function refuseUnknownOrganisation(desk: Desk, organisation: string): Promise<void> {
  const found = await desk.sql
    .selectFrom('organisation')
    .select('kind')
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('organisation_id', '=', organisation)
    .executeTakeFirst()
  if (found?.kind !== 'partner')
    throw new Refused('directory.no_partner', `There is no partner organisation "${organisation}".`, 'organisation')
}

/** Under which name an app's token is kept among the settings. */
export const domainTokenName = (app: string): string => `domain_proof:${app}`

async function tokenOf(desk: Desk, app: string): Promise<string> {
  const row = await desk.sql
    .selectFrom('setting')
    .select('value')
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('name', '=', domainTokenName(app))
    .executeTakeFirstOrThrow()
  return (row.value as { readonly token: string }).token
}

const knownApp = async (desk: Desk, app: string): Promise<AppDocument> => {
  const document = await desk.documents.get<AppDocument>(APPS, app)
  if (document === null) throw new Refused('directory.no_such_app', `There is no app "${app}" here.`, app)
  return document
}

const mailboxName = (app: string): string => `alert_mailbox:${app}`

/** Keeps where alerts about an app go; nothing when the address is empty. */
export async function keepMailbox(desk: Pick<Desk, 'sql' | 'scope'>, app: string, address: string): Promise<void> {
  const value = JSON.stringify({ address: address === '' ? null : address })
  await desk.sql
    .insertInto('setting')
    .values({ marketplace_id: desk.scope.marketplace, name: mailboxName(app), value })
    .onConflict((conflict) => conflict.columns(['marketplace_id', 'name']).doUpdateSet({ value }))
    .execute()
}

/** Where alerts about an app go, or null. Only for the machine's own transactions: addresses are personal. */
export async function alertMailbox(unit: Pick<Desk, 'sql' | 'scope'>, app: string): Promise<string | null> {
  const row = await unit.sql
    .selectFrom('setting')
    .select('value')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('name', '=', mailboxName(app))
    .executeTakeFirst()
  return (row?.value as { readonly address: string | null } | undefined)?.address ?? null
}

function checkedBaseUrl(text: string): string {
  const written = text.trim()
  const url = URL.canParse(written) ? new URL(written) : null
  if (
    url === null ||
    (url.protocol !== 'https:' && url.protocol !== 'http:') ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new Refused(
      'directory.bad_base_url',
      `"${written.slice(0, 200)}" is not a base URL; write it like https://app.example.com/path, without a query`,
      'base_urls',
    )
  }
  return url.href.replace(/\/+$/, '')
}

function checkedPath(text: string): string {
  const path = text.trim()
  // A backslash is a slash to whoever reads an address as browsers do, and two of them begin another host.
  if (!/^\/[\x21-\x7e]{0,500}$/.test(path) || path.startsWith('//') || /[#\\]/.test(path)) {
    throw new Refused(
      'directory.bad_health_path',
      `"${path.slice(0, 200)}" is not a path; write it like /health, under the base URL`,
      'health_path',
    )
  }
  return path
}

function checkedMailbox(text: string): string {
  const address = text.trim()
  if (address !== '' && !/^[^\s@<>"(),;:\\[\]]{1,64}@[a-z0-9.-]{1,253}$/i.test(address)) {
    throw new Refused('directory.bad_mailbox', `"${address.slice(0, 200)}" is not a mail address`, 'alert_mailbox')
  }
  return address
}
