import type { AppDescription, Endpoint } from '../../directory/description.ts'
import { after, DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from '../../kernel/time.ts'
import type { Exchange, Handshake, HandshakeProbe, InputProbe, Observed } from '../check.ts'
import { ADMIN, USER, type Host, type ScanTenant } from '../host/host.ts'
import { hs256, qsh, rs256, seconds, unsigned, type Claims, unknownKey } from '../host/tokens.ts'
import { isOwn } from '../scope.ts'
import { probe, probeAndLook, type Probing } from './exchange.ts'
import { canaryOf, inputProbe, inputsOf, MOST_PAGES as MOST_PAGES_ASKED, questionsOf, reflectionsIn, type Question } from './inputs.ts'
import { scriptsIn, type NamedScript } from './scripts.ts'

/**
 * The scanner as the host product: two tenants of its own are installed with signed calls, a page is asked as the host would
 * ask it, and then one property is changed at a time. Without that control before and after, none of the answers counts.
 * Whatever happens on the way, the tenants are uninstalled at the end.
 */
export async function collectHandshake(
  probing: Probing,
  description: AppDescription,
  host: Host,
  now: () => Instant,
): Promise<Observed<Handshake>> {
  const own = (kind: Endpoint['kind']): readonly Endpoint[] =>
    description.endpoints.filter((one) => one.kind === kind && one.url !== null && isOwn(one.url, probing.scope))
  const [install] = own('install')
  if (description.platform === 'forge' && install === undefined) return { kind: 'seen', value: NOTHING }
  const pages = own('page').filter((page) => !page.cacheable)
  const admin = own('admin-page').filter((page) => !page.cacheable)
  const [page] = pages.length > 0 ? pages : admin
  if (install?.url === null || install === undefined || page?.url === null || page === undefined) return { kind: 'seen', value: NOTHING }
  const a = host.tenant('a')
  const b = host.tenant('b')
  const talk = talkOf(probing, description, host, now)
  const left_behind: string[] = []
  const questions = inputsOf(description, probing)
    .slice(0, MOST_PAGES_ASKED)
    .flatMap((one) => questionsOf(one, canaryOf(probing)))
  try {
    return {
      kind: 'seen',
      value: await shaken({ talk, install: install.url, page: page.url, description, own, a, b, questions, now, host, left_behind }),
    }
  } finally {
    host.forget(a)
    host.forget(b)
  }
}

const NOTHING: Handshake = {
  applies: false,
  control: null,
  probes: [],
  authorised: [],
  scripts: [],
  inputs: [],
  after: null,
  left_behind: [],
}

type Ground = {
  readonly talk: Talk
  readonly install: string
  readonly page: string
  readonly description: AppDescription
  readonly own: (kind: Endpoint['kind']) => readonly Endpoint[]
  readonly a: ScanTenant
  readonly b: ScanTenant
  /** Pages that are asked with other values in their addresses. */
  readonly questions: readonly Question[]
  readonly host: Host
  readonly now: () => Instant
  readonly left_behind: string[]
}

/** Long because it is one sequence: install, control, probes, control again, uninstall. */
async function shaken(ground: Ground): Promise<Handshake> {
  const { talk, page, a, b, own } = ground
  const probes: HandshakeProbe[] = []
  const authorised: Exchange[] = []
  const inputs: InputProbe[] = []
  try {
    const installed = await talk.install(ground.install, a)
    const bare = await talk.ask(page, null)
    const control = await talk.page(page, a, {})
    const works = installed !== null && installed.status < 300 && control !== null && control.status < 300 && differs(control, bare)
    const before = { install: installed, bare, page: control, works }
    const told = (after: Handshake['after']): Handshake => ({
      applies: true,
      control: before,
      probes,
      authorised,
      scripts: [...talk.scripts.values()],
      inputs,
      after,
      left_behind: ground.left_behind,
    })
    if (!works) return told(null)
    const second = await talk.install(ground.install, b)
    const b_works = second !== null && second.status < 300 && ((await talk.page(page, b, {}))?.status ?? 0) < 300
    for (const one of own('page').slice(0, MOST_PAGES)) {
      const seen = one.url === null || one.cacheable ? null : one.url === page ? control : await talk.page(one.url, a, {})
      if (seen !== null) authorised.push(seen)
    }
    for (const question of ground.questions) {
      const seen = await talk.input(question, a)
      if (seen !== null) inputs.push(seen)
    }
    const add = (
      about: HandshakeProbe['about'],
      name: string,
      exchange: Exchange | null,
      effect: boolean | null,
      same: boolean | null,
    ): void => {
      if (exchange !== null) probes.push({ about, name, exchange, effect, same_as_control: same })
    }
    const looksLike = (exchange: Exchange | null): boolean => exchange !== null && exchange.status < 300 && alike(exchange, control)

    for (const { about, name, token } of wrongPageTokens(ground, page)) {
      const seen = await talk.ask(page, token)
      add(about, name, seen, null, looksLike(seen))
    }
    if (b_works) {
      const seen = await talk.ask(page, hs256(talk.claims('GET', page, a, {}), b.sharedSecret))
      add('tenants', 'secret of another tenant', seen, null, looksLike(seen))
    }
    const [admin] = own('admin-page').filter((one) => !one.cacheable)
    const boss = admin?.url === null || admin === undefined ? null : await talk.page(admin.url, a, { sub: ADMIN })
    if (boss !== null) authorised.push(boss)
    // A page that fails for an administrator cannot tell anything about others, and is left alone.
    if (admin?.url !== null && admin !== undefined && boss !== null && boss.status < 500) {
      const asked = ground.host.calls(a).length
      const user = await talk.page(admin.url, a, { sub: USER })
      const name = ground.host.calls(a).length > asked ? 'user, the host was asked' : 'user, nobody was asked'
      add('admin', name, user, null, user !== null && user.status < 300 && boss.status < 300 && alike(user, boss))
    }
    for (const hook of own('webhook').slice(0, MOST_WEBHOOKS)) {
      if (hook.url === null) continue
      const body = JSON.stringify({
        timestamp: seconds(ground.now()) * 1000,
        webhookEvent: 'jira:issue_updated',
        issue: { id: '10000', key: 'CAST-1', fields: { summary: a.marker } },
      })
      const valid = await talk.post(hook.url, hs256(talk.claims('POST', hook.url, a, {}), a.sharedSecret), body)
      const naked = await talk.post(hook.url, null, body)
      const forged = await talk.post(hook.url, hs256(talk.claims('POST', hook.url, a, {}), 'not-the-secret-of-this-tenant-at-all'), body)
      const context = await talk.post(hook.url, hs256(talk.claims('POST', hook.url, a, { qsh: 'context-qsh' }), a.sharedSecret), body)
      const taken = valid !== null && valid.status < 300
      add('webhook', 'bare', naked, null, taken && naked !== null && naked.status < 300)
      add('webhook', 'bad signature', forged, null, taken && forged !== null && forged.status < 300)
      // A webhook that takes everything takes this too; that it is bound to nothing is another finding.
      if (naked !== null && naked.status >= 400)
        add('query', 'context token on a webhook', context, null, taken && context !== null && context.status < 300)
    }
    for (const { name, token, body } of wrongInstalls(ground)) {
      const sent = await talk.post(ground.install, token(body.clientKey), JSON.stringify(body))
      add(
        name.startsWith('one tenant') ? 'tenants' : 'install',
        name,
        sent,
        sent !== null && sent.status < 300 ? await tookEffect(ground, body) : false,
        null,
      )
    }
    const again = await talk.page(page, a, {})
    const after_all = { page: again, works: again !== null && again.status < 300 }
    const gone = await uninstall(ground, a)
    if (gone) {
      const late = await talk.page(page, a, {})
      add('uninstall', 'token of a tenant that is gone', late, null, looksLike(late))
    }
    return told(after_all)
  } finally {
    await uninstall(ground, a)
    await uninstall(ground, b)
  }
}

const MOST_PAGES = 100
const MOST_WEBHOOKS = 20
/** What is wrong with an accepted install is seen by whether the app believes the secret that came with it. */
const NEW_SECRET = 'a-secret-that-was-planted-by-the-scan-and-nobody-else'

async function tookEffect(ground: Ground, body: { readonly clientKey: string }): Promise<boolean> {
  const { talk, page, a, b, install } = ground
  const tenant = body.clientKey === b.clientKey ? b : a
  const planted = await talk.ask(page, hs256(talk.claims('GET', page, tenant, {}), NEW_SECRET))
  const old = await talk.page(page, tenant, {})
  const effect = (planted !== null && planted.status < 300) || old === null || old.status >= 300
  // Whatever was taken is put right, so that the next probe stands on the same ground.
  if (effect) await talk.install(install, tenant)
  return effect
}

type Wrong = { readonly about: HandshakeProbe['about']; readonly name: string; readonly token: string }

/** Page tokens of a known tenant with one property changed. */
function wrongPageTokens(ground: Ground, page: string): readonly Wrong[] {
  const { talk, a, host, now } = ground
  const claims = (more: Claims): Claims => talk.claims('GET', page, a, more)
  const good = claims({})
  const without = (name: string): Claims => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))
  const elsewhere = new URL(page)
  elsewhere.pathname = `${elsewhere.pathname.replace(/\/$/, '')}/other`
  const at = now()
  return [
    { about: 'signature', name: 'wrong secret', token: hs256(good, 'not-the-secret-of-this-tenant-at-all') },
    { about: 'algorithm', name: 'alg none', token: unsigned(good, 'none') },
    { about: 'algorithm', name: 'alg None', token: unsigned(good, 'None') },
    { about: 'algorithm', name: 'empty signature', token: hs256(good, a.sharedSecret).replace(/[^.]*$/, '') },
    { about: 'algorithm', name: 'RS256 with the host’s key', token: rs256(good, host.private_key, host.kid) },
    { about: 'algorithm', name: 'HS256 with the host’s public key', token: hs256(good, host.public_pem) },
    {
      about: 'query',
      name: 'query hash of another path',
      token: hs256(claims({ qsh: qsh('GET', elsewhere.href, ground.description) }), a.sharedSecret),
    },
    { about: 'query', name: 'no query hash', token: hs256(without('qsh'), a.sharedSecret) },
    { about: 'query', name: 'context token on a page', token: hs256(claims({ qsh: 'context-qsh' }), a.sharedSecret) },
    {
      about: 'lifetime',
      name: 'expired an hour ago',
      token: hs256(claims({ iat: seconds(after(at, -2 * HOUR_MS)), exp: seconds(after(at, -HOUR_MS)) }), a.sharedSecret),
    },
    { about: 'lifetime', name: 'no expiry', token: hs256(without('exp'), a.sharedSecret) },
    { about: 'lifetime', name: 'expires in ten years', token: hs256(claims({ exp: seconds(after(at, 3_650 * DAY_MS)) }), a.sharedSecret) },
  ]
}

/** Install calls with one property wrong, always about tenants of ours. */
function wrongInstalls(ground: Ground): readonly {
  readonly name: string
  readonly token: (clientKey: string) => string | null
  readonly body: { readonly clientKey: string; readonly [name: string]: string | null }
}[] {
  const { talk, install, a, b, host, now, description } = ground
  const key = host.private_key
  const claims = (more: Claims): Claims => talk.lifecycleClaims(install, a, more)
  const good = claims({})
  const body = { ...talk.installBody(a), sharedSecret: NEW_SECRET }
  const at = now()
  return [
    { name: 'bare', token: () => null, body },
    { name: 'HS256 with the tenant’s own secret', token: () => hs256(good, a.sharedSecret), body },
    { name: 'unknown key under the known id', token: () => rs256(good, unknownKey(), host.kid), body },
    { name: 'alg none', token: () => unsigned(good, 'none'), body },
    { name: 'wrong audience', token: () => rs256(claims({ aud: 'https://somebody-else.example' }), key, host.kid), body },
    {
      name: 'expired an hour ago',
      token: () => rs256(claims({ iat: seconds(after(at, -2 * HOUR_MS)), exp: seconds(after(at, -HOUR_MS)) }), key, host.kid),
      body,
    },
    {
      name: 'query hash of another path',
      token: () => rs256(claims({ qsh: qsh('POST', `${description.base_urls[0] ?? install}/other`, description) }), key, host.kid),
      body,
    },
    {
      name: 'one tenant about another',
      token: () => rs256(good, key, host.kid),
      body: { ...talk.installBody(b), sharedSecret: NEW_SECRET },
    },
  ]
}

/** A signed uninstall, once; true when the app took it. What an app does not give back is told. */
async function uninstall(ground: Ground, tenant: ScanTenant): Promise<boolean> {
  const { talk, own, left_behind } = ground
  const key = `gone:${tenant.clientKey}`
  if (talk.done.has(key) || !talk.done.has(tenant.clientKey)) return false
  talk.done.add(key)
  const [hook] = own('uninstall')
  if (hook?.url === null || hook === undefined) {
    left_behind.push(tenant.clientKey)
    return false
  }
  const body = { ...talk.installBody(tenant), eventType: 'uninstalled' }
  const sent = await talk.post(
    hook.url,
    rs256(talk.lifecycleClaims(hook.url, tenant, {}), ground.host.private_key, ground.host.kid),
    JSON.stringify(body),
  )
  const taken = sent !== null && sent.status < 300
  if (!taken) left_behind.push(tenant.clientKey)
  return taken
}

type Talk = ReturnType<typeof talkOf>

/** How the host product talks to an app. */
function talkOf(probing: Probing, description: AppDescription, host: Host, now: () => Instant) {
  const done = new Set<string>()
  const scripts = new Map<string, NamedScript>()
  let token_in: 'query' | 'header' = 'query'
  const claims = (method: string, url: string, tenant: ScanTenant, more: Claims): Claims => ({
    iss: tenant.clientKey,
    sub: ADMIN,
    iat: seconds(now()),
    exp: seconds(after(now(), 3 * MINUTE_MS)),
    qsh: qsh(method, url, description),
    ...more,
  })
  const lifecycleClaims = (url: string, tenant: ScanTenant, more: Claims): Claims => ({
    iss: tenant.clientKey,
    aud: description.base_urls[0] ?? '',
    iat: seconds(now()),
    exp: seconds(after(now(), 3 * MINUTE_MS)),
    qsh: qsh('POST', url, description),
    ...more,
  })
  const installBody = (tenant: ScanTenant) => ({
    key: description.key,
    clientKey: tenant.clientKey,
    sharedSecret: tenant.sharedSecret,
    baseUrl: tenant.baseUrl,
    displayUrl: tenant.baseUrl,
    productType: 'jira',
    description: 'A tenant of a security scan; it is uninstalled when the scan ends.',
    eventType: 'installed',
  })
  const placed = (url: string, token: string) => {
    const asked = new URL(url)
    if (token_in === 'query') asked.searchParams.set('jwt', token)
    return { url: asked.href, headers: token_in === 'header' ? [['authorization', `JWT ${token}`] as const] : [] }
  }
  const ask = async (url: string, token: string | null): Promise<Exchange | null> => {
    const seen = await probeAndLook(probing, token === null ? { url } : placed(url, token), (body) => scriptsIn(body, url))
    if (seen.kind === 'unseen') return null
    if (seen.value.exchange.status < 300) for (const one of seen.value.found) scripts.set(one.url, one)
    return seen.value.exchange
  }
  const post = async (url: string, token: string | null, body: string): Promise<Exchange | null> => {
    const headers = [['content-type', 'application/json'] as const, ...(token === null ? [] : [['authorization', `JWT ${token}`] as const])]
    const seen = await probe(probing, { url, method: 'POST', headers, body })
    return seen.kind === 'seen' ? seen.value : null
  }
  return {
    done,
    /** Scripts of whatever was answered, by their addresses. */
    scripts,
    claims,
    lifecycleClaims,
    installBody,
    ask,
    post,
    /** A page with other values in its address, asked by its administrator. */
    async input(question: Question, tenant: ScanTenant): Promise<InputProbe | null> {
      const token = hs256(claims('GET', question.url, tenant, {}), tenant.sharedSecret)
      const seen = await probeAndLook(probing, placed(question.url, token), (body) => reflectionsIn(body, question.parameters))
      return seen.kind === 'seen' ? inputProbe(question, 'tenant', seen.value.exchange, seen.value.found) : null
    },
    /** A valid page call; the first time in the place where hosts put the token, then where this app reads it. */
    async page(url: string, tenant: ScanTenant, more: Claims): Promise<Exchange | null> {
      const token = hs256(claims('GET', url, tenant, more), tenant.sharedSecret)
      const seen = await ask(url, token)
      if (seen === null || seen.status < 300 || done.has('token')) return seen
      token_in = 'header'
      const other = await ask(url, token)
      if (other !== null && other.status < 300) {
        done.add('token')
        return other
      }
      token_in = 'query'
      return seen
    },
    /** A valid install; an app may want its audience with or without the slash at the end. */
    async install(url: string, tenant: ScanTenant): Promise<Exchange | null> {
      const signed = (more: Claims): string => rs256(lifecycleClaims(url, tenant, more), host.private_key, host.kid)
      const body = JSON.stringify(installBody(tenant))
      let sent = await post(url, signed({}), body)
      if (sent !== null && sent.status >= 400) {
        const aud = description.base_urls[0] ?? ''
        sent = await post(url, signed({ aud: aud.endsWith('/') ? aud.slice(0, -1) : `${aud}/` }), body)
      }
      if (sent !== null && sent.status < 300) done.add(tenant.clientKey)
      return sent
    },
  }
}

const differs = (one: Exchange, other: Exchange | null): boolean =>
  other === null || other.status !== one.status || other.body_sha256 !== one.body_sha256

/** The same page to a reader: equal bytes, or equal text once what changes with each answer (nonces, tokens, times) is left out. */
function alike(one: Exchange, other: Exchange): boolean {
  if (one.body_sha256 === other.body_sha256) return true
  const still = (text: string): string => text.replaceAll(/sha256:[0-9a-f]{8}|[\w+/=-]{16,}|\d+/g, '')
  return one.body_bytes > 0 && still(one.body) === still(other.body)
}
