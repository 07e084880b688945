import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { applicationKey } from '../applications/events.ts'
import { queueAt } from '../applications/reading.ts'
import { formsInForce } from '../assessments/answering.ts'
import { ASSESSMENTS, type AssessmentDocument } from '../assessments/assessments-view.ts'
import { waitingIn } from '../assessments/attesting.ts'
import { FORM_REVIEWS, type FormReviewDocument } from '../assessments/reviews-view.ts'
import { APPLICATIONS, type ApplicationDocument } from '../applications/view.ts'
import { readBadge } from '../badges/acting.ts'
import { allowed } from '../badges/badge.ts'
import { BADGES, badgeKey, type BadgeDocument } from '../badges/badges-view.ts'
import { LISTINGS, type ListingDocument } from '../badges/listings-view.ts'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import { watchingInWords } from '../programmes/watching.ts'
import { resolveTxt } from '../platform/net/resolve-txt.ts'
import { bringDescriptor, onApp, proofToken, proveControl, registerApp, supplyDetails, type Brought } from '../directory/registering.ts'
import { refusalOf, type Acting } from '../enrolment/authorise.ts'
import { openProposals } from '../enrolment/proposing.ts'
import type { Desk, House } from '../house.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { readEvidence } from '../platform/evidence.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf, type FormFields } from '../platform/http/forms.ts'
import { latestProbes } from '../reliability/availability.ts'
import { vantageOf } from '../reliability/probers/controls.ts'
import { ALERTS, HERE, MASS_FAILURE, type AlertsDocument, type MassFailureDocument } from '../reliability/view.ts'
import { CHECKS } from '../scanning/checks/index.ts'
import { readable, type Report } from '../scanning/report/report.ts'
import { SCANS, type ScansDocument } from '../scanning/scans-view.ts'
import { readComing } from '../standing/coming.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../standing/standings-view.ts'
import { readHolders, readSuccession } from '../successions/moving.ts'
import { readWaivers, type Waived } from '../standing/waiving.ts'
import { byDue, listingMatter, mattersOf, type Matter } from './matters.ts'
import { outboxState } from './outbox/state.ts'
import { chromeOf, type Place } from './pages/chrome.ts'
import { DetailsPage } from './pages/details.tsx'
import { EvidencePage } from './pages/evidence.tsx'
import type { Errors, Typed } from './pages/form.tsx'
import { MISMATCHES, type MismatchesDocument } from './marketplace/mismatches-view.ts'
import { OverviewPage, type OverviewRead } from './pages/overview.tsx'
import { page } from './pages/render.ts'
import { RegisterPage } from './pages/register.tsx'
import { StandingPage, type Offer, type ProgrammeRead, type StandingRead } from './pages/standing.tsx'
import { requirementOf, type Shelf, type Shelved } from './shelf.ts'
import { readPartnerNames, readShelf } from './showing.ts'

type DemoClock = { readonly now: () => string } | null

const AppParams = z.strictObject({ app: z.string().max(100) })
/** A form as the parsers give it. */
const Fields = z.record(z.string(), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()

/** Pages for those who work here: the operator's overview, an app's standing with its evidence, and the forms that bring an app in. */
export function registerWorkingRoutes(app: Routes, house: House, demo: DemoClock = null): void {
  const chrome = (request: FastifyRequest, here: Place) =>
    chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here })
  const on = (request: FastifyRequest) => onApp(house, (request.params as z.infer<typeof AppParams>).app)

  app.get('/overview', { config: { act: 'read-overview', page: true }, schema: { hide: true } }, async (request, reply) => {
    const { shelf, now, read } = await house.act(request.acting, 'read-overview', {}, (desk) => overviewRead(house, desk))
    return send(reply, <OverviewPage chrome={chrome(request, '/overview')} shelf={shelf} now={now} read={read} />)
  })

  app.get(
    '/apps/:app/standing',
    {
      config: { act: 'read-app', on, page: true },
      schema: { hide: true, params: AppParams, querystring: z.object({ done: z.string().max(40).optional() }) },
    },
    async (request, reply) => {
      const id = request.params.app
      const { shelf, now, read } = await house.act(request.acting, 'read-app', await onApp(house, id), (desk) =>
        standingRead(house, desk, id),
      )
      const { proposals } = await readWaivers(house, request.acting, id)
      const props = {
        shelf,
        now,
        read,
        proposals,
        reader: personOf(request.acting),
        offers: await offersOf(house, request.acting, read),
        told: DONE[request.query.done ?? ''] ?? null,
      }
      return send(reply, <StandingPage chrome={chrome(request, null)} {...props} />)
    },
  )

  app.get(
    '/apps/:app/evidence/:evidence',
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: AppParams.extend({ evidence: z.string().max(100) }) } },
    async (request, reply) => {
      const { app: id, evidence: name } = request.params
      const found = await house.act(request.acting, 'read-app', await onApp(house, id), async (desk) => ({
        evidence: await readEvidence(desk, name),
        app: await desk.documents.get<AppDocument>(APPS, id),
      }))
      if (found.app === null || found.evidence === null || found.evidence.subject !== id) {
        throw new Refused('http.not_found', 'There is no such evidence about this app, or it is not for you.', name)
      }
      return send(reply, <EvidencePage chrome={chrome(request, null)} app={found.app} evidence={found.evidence} />)
    },
  )

  const registerPage = async (request: FastifyRequest, values: Typed, errors: Errors): Promise<ReactElement> => {
    const organisations = await ownOrganisations(house, request.acting)
    return (
      <RegisterPage
        chrome={chrome(request, null)}
        organisations={organisations}
        watching={watchingInWords(house.packs, house.clock.now())}
        values={values}
        errors={errors}
      />
    )
  }
  // Whether for the organisation that the form names is checked again with the form in hand.
  const own = async ({ acting }: FastifyRequest) => {
    const partner = acting.kind === 'person' ? acting.memberships.find(({ kind }) => kind === 'partner') : undefined
    return partner === undefined ? {} : { organisation: partner.organisation }
  }
  app.get('/register', { config: { act: 'register-app', on: own, page: true }, schema: { hide: true } }, async (request, reply) =>
    send(reply, await registerPage(request, {}, {})),
  )
  app.post(
    '/register',
    { config: { act: 'register-app', on: own, page: true }, schema: { hide: true, body: Fields } },
    async (request, reply) => {
      const fields: FormFields = request.body ?? {}
      const values = typedOf(fields, ['url', 'descriptor', 'organisation', 'base_urls'])
      try {
        const brought = await broughtBy(house, fields)
        const base_urls = values['base_urls'] ?? ''
        const organisation = values['organisation'] ?? ''
        const { app: id } = await registerApp(house, request.acting, {
          brought,
          ...(organisation === '' ? {} : { organisation }),
          ...(base_urls === '' ? {} : { base_urls: [base_urls] }),
        })
        return await reply.redirect(`/apps/${encodeURIComponent(id)}/details?done=registered`, 303)
      } catch (error) {
        const errors = errorsOf(error, { key: 'descriptor' }, ['url', 'file', 'descriptor', 'organisation', 'base_urls'])
        return send(reply.status(400), await registerPage(request, values, errors))
      }
    },
  )

  const detailsPage = async (
    request: FastifyRequest,
    id: string,
    of: { readonly values?: Typed; readonly errors?: Errors; readonly told?: readonly string[] },
  ): Promise<ReactElement> => {
    const whose = await onApp(house, id)
    const { token, domains } = await proofToken(house, request.acting, id)
    const known = await house.act(request.acting, 'read-app', whose, (desk) => desk.documents.get<AppDocument>(APPS, id))
    if (known === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
    const refused = refusalOf(request.acting, 'supply-details', whose)?.message ?? null
    const shown = { values: of.values ?? {}, errors: of.errors ?? {}, told: of.told ?? [] }
    return <DetailsPage chrome={chrome(request, null)} app={known} token={token} domains={domains} refused={refused} {...shown} />
  }
  app.get(
    '/apps/:app/details',
    {
      config: { act: 'read-app', on, page: true },
      schema: { hide: true, params: AppParams, querystring: z.object({ done: z.string().max(40).optional() }) },
    },
    async (request, reply) => {
      const told = request.query.done === 'registered' ? registeredSays(house) : DONE[request.query.done ?? '']
      return send(reply, await detailsPage(request, request.params.app, { told: told === undefined ? [] : [told] }))
    },
  )
  app.post(
    '/apps/:app/details',
    { config: { act: 'supply-details', on, page: true }, schema: { hide: true, params: AppParams, body: Fields } },
    async (request, reply) => {
      const id = request.params.app
      const values = typedOf(request.body ?? {}, ['base_urls', 'health_path', 'alert_mailbox'])
      const given = (name: string): string | null => (values[name] === undefined || values[name] === '' ? null : values[name])
      try {
        await supplyDetails(house, request.acting, id, {
          base_urls:
            given('base_urls')
              ?.split(/\s+/)
              .filter((line) => line !== '') ?? null,
          health_path: given('health_path'),
          alert_mailbox: given('alert_mailbox'),
        })
        return await reply.redirect(`/apps/${encodeURIComponent(id)}/details?done=saved`, 303)
      } catch (error) {
        const errors = errorsOf(error, {}, ['base_urls', 'health_path', 'alert_mailbox'])
        return send(reply.status(400), await detailsPage(request, id, { values, errors }))
      }
    },
  )
  app.post(
    '/apps/:app/control',
    { config: { act: 'prove-domain', on, page: true }, schema: { hide: true, params: AppParams, body: Fields } },
    async (request, reply) => {
      const id = request.params.app
      try {
        const proofs = await proveControl(house, request.acting, id, resolveTxt)
        const told = proofs.map((proof) =>
          proof.proven
            ? `Control of ${proof.domain} is proven (${proof.method}). Watching by the minute begins.`
            : `Not found: ${proof.says}`,
        )
        return send(reply, await detailsPage(request, id, { told: told.length === 0 ? ['Every domain is proven already.'] : told }))
      } catch (error) {
        return send(reply.status(400), await detailsPage(request, id, { errors: errorsOf(error, {}, ['base_urls']) }))
      }
    },
  )
}

/** What was done, told once after the redirect. */
const DONE: { readonly [done: string]: string | undefined } = {
  saved: 'Saved.',
  agreed: 'Your agreement is recorded.',
  granted: 'The badge is granted.',
  restored: 'The badge is restored.',
  renewed: 'The badge is renewed.',
  waived: 'The waiver is recorded.',
  'waiver-proposed': 'The waiver is proposed. It begins when a second person has confirmed it.',
}

/** What comes after a registration, and how long the first figures take. */
const registeredSays = (house: House): string =>
  ['Registered.', watchingInWords(house.packs, house.clock.now()), 'Next: the details below, then control of the domain.']
    .filter((part) => part !== null)
    .join(' ')

/** Working pages are for one person and this moment. */
const send = (reply: FastifyReply, element: ReactElement): FastifyReply =>
  reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page(element))

/** What a form said, as text, to be shown again. */
const typedOf = (fields: FormFields, names: readonly string[]): Typed =>
  Object.fromEntries(names.map((name) => [name, textOf(fields, name)]))

/** A refusal beside the field that it names; bugs, and refusals of who asks, go on as they are. */
function errorsOf(error: unknown, places: { readonly [where: string]: string }, fields: readonly string[]): Errors {
  if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
  const where = (error.where ?? '').replace(/^\//, '').split(/[./[]/)[0] ?? ''
  const place = places[where] ?? where
  return { [fields.includes(place) ? place : '']: error.message }
}

async function broughtBy(house: House, fields: FormFields): Promise<Brought> {
  const url = textOf(fields, 'url')
  const text = textOf(fields, 'descriptor')
  const file = fields['file']
  const bytes = file instanceof Uint8Array && file.byteLength > 0 ? file : null
  const given = [url !== '', text !== '', bytes !== null].filter(Boolean).length
  if (given !== 1) {
    const say =
      given === 0 ? 'Give the address of the descriptor, a file, or its text.' : 'Give one of the three only: address, file or text.'
    throw new Refused('directory.url_or_text', say, 'url')
  }
  if (url !== '') return bringDescriptor(house, url)
  return { bytes: bytes ?? new TextEncoder().encode(text), source_url: null }
}

/** Partner organisations that a person may register for. */
async function ownOrganisations(house: House, acting: Acting): Promise<readonly { readonly id: string; readonly name: string }[]> {
  if (acting.kind !== 'person') return []
  const own = acting.memberships.filter(({ kind }) => kind === 'partner')
  if (own.length === 0) return []
  const names = await house.act({ kind: 'public' }, 'read-public-pages', {}, readPartnerNames)
  return own.map(({ organisation }) => ({ id: organisation, name: names(organisation) }))
}

const open = ({ document }: Shelved): boolean => document?.status === 'open'

async function programmeRead(desk: Desk, shelved: Shelved, app: AppDocument): Promise<ProgrammeRead> {
  const { catalogue } = shelved
  const programme = catalogue.programme.id
  const standing = await desk.documents.get<StandingDocument>(STANDINGS, standingKey(programme, app.app))
  const badges: BadgeDocument[] = []
  for (const { id } of catalogue.programme.tiers) {
    const badge = await desk.documents.get<BadgeDocument>(BADGES, badgeKey({ app: app.app, programme, tier: id }))
    if (badge !== null) badges.push(badge)
  }
  const applications: ApplicationDocument[] = []
  for (const { id } of catalogue.programme.tiers) {
    const thread = await desk.documents.get<ApplicationDocument>(APPLICATIONS, applicationKey({ app: app.app, programme, tier: id }))
    if (thread !== null) applications.push(thread)
  }
  const whose = { organisation: app.organisation }
  const matters = mattersOf({ app: app.app, catalogue, standing, badges, applications, now: desk.now })
  return {
    shelved,
    standing,
    badges: matters.map((matter) => ({ document: badges.find((badge) => badge.tier === matter.tier) ?? null, matter })),
    waiving_refused: refusalOf(desk.who, 'grant-waiver', whose)?.message ?? null,
  }
}

/** What each giving act is called, and its address under the badge. */
const GIVING = [
  { act: 'agree_grant', words: 'Agree to grant', path: 'grant' },
  { act: 'restore', words: 'Agree to restore', path: 'restore' },
  { act: 'renew', words: 'Renew', path: 'renew' },
] as const

/** What this reader could give, badge by badge: the acts of the badge's state, each with the reason where it is not possible now. */
async function offersOf(house: House, acting: Acting, read: StandingRead): Promise<readonly Offer[]> {
  const offers: Offer[] = []
  for (const { matter } of read.programmes.flatMap(({ badges }) => badges)) {
    if (matter.tier === null) continue
    const of = { app: matter.app, programme: matter.programme, tier: matter.tier }
    const { state, standing_hash, actions } = await readBadge(house, acting, of)
    for (const { act, words, path } of GIVING) {
      const offered = actions.find((one) => one.act === act)
      if (offered === undefined || standing_hash === null || !allowed[state.word].includes(act)) continue
      offers.push({ ...of, words, path, standing_hash, refused: offered.allowed ? null : (offered.reason ?? 'This is not possible now.') })
    }
  }
  return offers
}

async function standingRead(
  house: House,
  desk: Desk,
  id: string,
): Promise<{ readonly shelf: Shelf; readonly now: Instant; readonly read: StandingRead }> {
  const app = await desk.documents.get<AppDocument>(APPS, id)
  if (app === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
  const shelf = await readShelf(house, desk)
  const programmes: ProgrammeRead[] = []
  for (const shelved of shelf) if (open(shelved)) programmes.push(await programmeRead(desk, shelved, app))
  const scans = await desk.documents.get<ScansDocument>(SCANS, id)
  const report = scans?.last === null || scans === null ? null : await readEvidence(desk, scans.last.report)
  const partner_name = (await readPartnerNames(desk))(app.organisation)
  return {
    shelf,
    now: desk.now,
    read: {
      app,
      partner_name,
      listing: await desk.documents.get<ListingDocument>(LISTINGS, id),
      programmes,
      coming: await readComing(house.packs, desk, id),
      successions: await successionsOf(house, desk, id),
      watch: {
        alerts: Object.values((await desk.documents.get<AlertsDocument>(ALERTS, id))?.open ?? {}),
        latest: await latestProbes(desk, id),
      },
      scan:
        report === null || report.body === null
          ? null
          : // The guarantee of the cast: evidence of this kind is what `reportOf` made.
            { observed_at: report.observed_at, findings: readable(report.body as unknown as Report, CHECKS) },
    },
  }
}

/** Ends of programmes of which an app holds or held a badge, with what was decided about it. */
async function successionsOf(house: House, desk: Desk, app: string): Promise<StandingRead['successions']> {
  const found: StandingRead['successions'][number][] = []
  for (const { document } of await desk.documents.list<ProgrammeDocument>(PROGRAMMES)) {
    const read = await readSuccession(house, desk, document.programme)
    if (read === null) continue
    const holders = (await readHolders(house, desk, read)).filter((holder) => holder.of.app === app)
    if (holders.length > 0) found.push({ read, holders })
  }
  return found
}

async function waitingForms(house: House, desk: Desk): Promise<OverviewRead['forms']> {
  const titles = new Map(formsInForce(house.packs, desk.now).map(({ id, title }) => [id, title]))
  return (await desk.documents.list<FormReviewDocument>(FORM_REVIEWS))
    .flatMap(({ document: { app, form, waiting } }) =>
      waiting === null ? [] : [{ app, form, title: titles.get(form) ?? form, since: waiting.at }],
    )
    .toSorted((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0))
}

const personOf = (who: Acting): string | null => (who.kind === 'person' ? who.person : null)

async function overviewRead(
  house: House,
  desk: Desk,
): Promise<{ readonly shelf: Shelf; readonly now: Instant; readonly read: OverviewRead }> {
  const shelf = await readShelf(house, desk)
  const apps = (await desk.documents.list<AppDocument>(APPS)).map(({ document }) => document)
  const standings = new Map((await desk.documents.list<StandingDocument>(STANDINGS)).map(({ key, document }) => [key, document]))
  const badges = Map.groupBy(
    (await desk.documents.list<BadgeDocument>(BADGES)).map(({ document }) => document),
    ({ programme, app }) => standingKey(programme, app),
  )
  const threads = Map.groupBy(
    (await desk.documents.list<ApplicationDocument>(APPLICATIONS)).map(({ document }) => document),
    ({ programme, app }) => standingKey(programme, app),
  )
  const listings = (await desk.documents.list<ListingDocument>(LISTINGS)).map(({ document }) => document)
  const matters: Matter[] = listings.flatMap((listing) => listingMatter(listing) ?? [])
  const blind = new Map<string, { requirements: number; reasons: Set<string> }>()
  for (const { app } of apps) {
    for (const shelved of shelf) {
      if (!open(shelved)) continue
      const { catalogue } = shelved
      const key = standingKey(catalogue.programme.id, app)
      const standing = standings.get(key) ?? null
      matters.push(
        ...mattersOf({ app, catalogue, standing, badges: badges.get(key) ?? [], applications: threads.get(key) ?? [], now: desk.now }),
      )
      for (const verdict of standing?.verdicts ?? []) {
        if (verdict.verdict !== 'unknown' || verdict.blind !== 'ours') continue
        const seen = blind.get(app) ?? { requirements: 0, reasons: new Set<string>() }
        blind.set(app, { requirements: seen.requirements + 1, reasons: seen.reasons.add(verdict.reason ?? 'unknown') })
      }
    }
  }
  const names = new Map(apps.map(({ app, name }) => [app, name]))
  const titleOf = (requirement: string): string =>
    shelf.map(({ catalogue }) => requirementOf(catalogue, requirement)?.title).find((title) => title !== undefined) ?? requirement
  return {
    shelf,
    now: desk.now,
    read: {
      apps: apps.length,
      nameOf: (app) => names.get(app) ?? app,
      matters: matters.sort(byDue),
      queue: await queueAt(desk),
      blind: [...blind].map(([app, { requirements, reasons }]) => ({ app, requirements, reasons: [...reasons].sort() })),
      unproven: apps.filter(({ domains, base_urls }) => domains.length === 0 && base_urls.length > 0).map(({ app }) => app),
      vantage: vantageOf(house.config.control_targets),
      alerts: (await desk.documents.list<AlertsDocument>(ALERTS)).flatMap(({ key, document }) =>
        Object.values(document.open).map((alert) => ({ app: key, alert })),
      ),
      mass_failure: await desk.documents.get<MassFailureDocument>(MASS_FAILURE, HERE),
      jobs: [...house.jobs.values()],
      outbox: await outboxState(desk),
      forms: await waitingForms(house, desk),
      attestations: waitingIn((await desk.documents.list<AssessmentDocument>(ASSESSMENTS)).map(({ document }) => document)).map(
        ({ app, requirement, changed_at }) => ({ app, requirement, title: titleOf(requirement), since: changed_at }),
      ),
      waivers: (await openProposals(desk, 'grant-waiver')).flatMap(({ proposal, app, what, by, expires_at }) => {
        // The guarantee of the cast: only proposeWaiver proposes this act.
        const { requirement, until } = what as unknown as Waived
        return app === null ? [] : [{ proposal, app, title: titleOf(requirement), until, expires_at, by_reader: by === personOf(desk.who) }]
      }),
      mismatched: (await desk.documents.list<MismatchesDocument>(MISMATCHES)).filter(({ document }) => document.open.length > 0).length,
      has_mail_server: house.config.smtp_url !== undefined,
    },
  }
}
