import { readDescriptor } from '../src/directory/descriptors/read.ts'
import type { Outcome } from '../src/kernel/says.ts'
import { render } from '../src/kernel/says.ts'
import { instant, type Instant } from '../src/kernel/time.ts'
import { sha256, sha256Bytes } from '../src/platform/crypto.ts'
import type { Artifacts, Check, Exchange, HookProbe, Silent, TlsHost } from '../src/scanning/check.ts'
import { judgeArtifacts, type Collected } from '../src/scanning/judge.ts'
import { MESSAGES } from '../src/scanning/messages.ts'

/** What tests of checks are written with: artifacts as collectors would bring them, told by what matters. */

export const AT: Instant = instant(Date.parse('2026-11-23T09:00:00Z'))
export const HOST = 'https://app.example'

/** An exchange with what the test says and nothing else of note. */
export function exchange(of: Partial<Omit<Exchange, 'headers'>> & { readonly headers?: Record<string, string> } = {}): Exchange {
  const body = of.body ?? ''
  return {
    url: `${HOST}/page`,
    method: 'GET',
    sent: [],
    status: 200,
    body,
    body_sha256: sha256(body),
    body_bytes: body.length,
    address: '198.51.100.7',
    tls: { protocol: 'TLSv1.3', fingerprint: 'AA' },
    at: AT,
    ms: 12,
    ...of,
    headers: Object.entries(of.headers ?? {}),
  }
}

/** A page full of somebody's data. */
export const DATA =
  '<html><body><table><tr><td>Invoice 17 of Acme Ltd, due on Friday, 1,200 EUR, paid by nobody so far; reminder sent twice.</td></tr></table></body></html>'

export const html = (headers: Record<string, string> = {}, body = DATA, path = '/page'): Exchange =>
  exchange({ url: `${HOST}${path}`, body, headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers } })

export const silent = (where: string, reason = 'connect', blind: Silent['blind'] = 'theirs'): Silent => ({
  where,
  reason,
  blind,
  detail: 'ECONNREFUSED',
})

export const pages = (
  bare: readonly Exchange[],
  more: Partial<Artifacts['pages']> & { readonly cacheable?: boolean } = {},
): Artifacts['pages'] => ({
  bare: bare.map((one, place) => ({
    endpoint: `/modules/generalPages/${place}/url`,
    module: 'generalPages',
    cacheable: more.cacheable ?? false,
    exchange: one,
  })),
  random: more.random ?? [],
  authorised: more.authorised ?? [],
  scripts: more.scripts ?? [],
  silent: more.silent ?? [],
})

export const front = (seen: readonly Exchange[], quiet: readonly Silent[] = []): Artifacts['front'] => ({ seen, silent: quiet })

export const hooks = (probes: readonly Partial<HookProbe>[], quiet: readonly Silent[] = []): Artifacts['hooks'] => ({
  probes: probes.map((one) => ({
    endpoint: '/lifecycle/installed',
    kind: 'install',
    probe: 'bare',
    exchange: exchange({ url: `${HOST}/installed`, method: 'POST', status: 401 }),
    ...one,
  })),
  silent: quiet,
})

/** Modern suites and nothing weak. */
export const SUITES: TlsHost['suites'] = {
  preferred: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  weak: { 'no encryption': 'refused', 'export keys': 'refused', 'no certificate': 'refused', RC4: 'refused', 'DES or 3DES': 'refused' },
}

export const tlsHost = (of: Partial<TlsHost> = {}): TlsHost => ({
  host: 'app.example',
  port: 443,
  at: AT,
  versions: { SSLv3: 'refused', TLSv1: 'refused', 'TLSv1.1': 'refused', 'TLSv1.2': 'accepted', 'TLSv1.3': 'accepted' },
  suites: SUITES,
  certificate: {
    trusted: true,
    problem: null,
    names: ['app.example'],
    valid_from: instant(Date.parse('2026-10-01T00:00:00Z')),
    valid_to: instant(Date.parse('2026-12-30T00:00:00Z')),
    fingerprint: 'AA:BB',
  },
  ...of,
})

/** A descriptor as the directory would read it. */
export function descriptor(written: object | string, more: Partial<Artifacts['descriptor']> = {}): Artifacts['descriptor'] {
  const bytes = new TextEncoder().encode(typeof written === 'string' ? written : JSON.stringify(written))
  return { ...readDescriptor(bytes, sha256Bytes), source_url: null, ...more }
}

/** A Connect descriptor that is in order, with what the test says. */
export const connect = (more: object = {}): object => ({
  key: 'com.example.app',
  name: 'App',
  baseUrl: HOST,
  authentication: { type: 'jwt' },
  lifecycle: { installed: '/installed', uninstalled: '/uninstalled' },
  scopes: ['READ'],
  modules: { generalPages: [{ key: 'page', name: { value: 'Page' }, url: '/page' }] },
  ...more,
})

/** A Forge manifest that runs on the platform alone, with what the test says. */
export const forge = (more = ''): string =>
  `app:\n  id: ari:cloud:ecosystem::app/1f\n  runtime:\n    name: nodejs22.x\nmodules:\n  jira:issuePanel:\n    - key: panel\n      title: Panel\n${more}`

/** What a check answers, as short words: outcome and reason of each finding. Every sentence is rendered, so that none has a hole. */
export function answers(check: Check, artifacts: Partial<Artifacts>): readonly string[] {
  return findingsOf(check, artifacts).map(({ outcome, reason }) => short(outcome, reason))
}

export function findingsOf(check: Check, artifacts: Partial<Artifacts>) {
  const [judged] = judgeArtifacts('com.example.app', collected(artifacts), [check], sha256)
  if (judged === undefined) throw new Error('nothing was judged')
  for (const finding of judged.findings) render(finding.says, MESSAGES)
  return judged.findings
}

const short = (outcome: Outcome, reason: string | undefined): string =>
  outcome === 'pass' || outcome === 'fail' || reason === undefined ? outcome : `${outcome} (${reason})`

/** Artifacts that were seen; whatever is missing was not. */
export function collected(artifacts: Partial<Artifacts>): Collected {
  const unseen = { kind: 'unseen', reason: 'not_asked', blind: 'ours', detail: 'this was not asked for' } as const
  const names = [
    'descriptor',
    'tls',
    'names',
    'front',
    'pages',
    'hooks',
    'handshake',
    'plain_http',
    'origins',
    'inputs',
    'scripts',
    'left_lying',
    'security_txt',
  ] as const satisfies readonly (keyof Artifacts)[]
  return Object.fromEntries(
    names.map((name) => [name, artifacts[name] === undefined ? unseen : { kind: 'seen', value: artifacts[name] }]),
  ) as Collected
}
