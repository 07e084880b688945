import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Outcome } from '../../src/kernel/says.ts'
import { soundDescriptor, type CorpusSettings } from './app.ts'

/** An app of the corpus with its label: which checks must fail, and which cannot tell. Everything else must do neither. */
export type Case = CorpusSettings & {
  readonly name: string
  readonly fails?: readonly string[]
  readonly inconclusive?: readonly string[]
  /** Checks that a person must decide; the others must not be among them. */
  readonly review?: readonly string[]
}

const BOMB = gzipSync(Buffer.alloc(20_000_000))
const POLICY = "default-src 'none'; script-src 'self'; frame-ancestors https://*.host.example"
const TABLE = `<table>${'<tr><td>Invoice of somebody, due on Friday</td></tr>'.repeat(8)}</table>`
const answers =
  (status: number, body = '', headers: Record<string, string> = {}) =>
  (_: unknown, response: ServerResponse) =>
    void response
      .writeHead(status, {
        'strict-transport-security': 'max-age=63072000',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'content-security-policy': POLICY,
        'content-type': 'text/html',
        ...headers,
      })
      .end(body)
const script = (text: string) => answers(200, text, { 'content-type': 'text/javascript' })
/** Allows whatever origin asks. */
const echoesOrigin = (credentials: boolean) => (request: IncomingMessage, response: ServerResponse) =>
  answers(200, 'corpus', {
    'access-control-allow-origin': request.headers.origin ?? '*',
    ...(credentials ? { 'access-control-allow-credentials': 'true' } : {}),
  })(request, response)
const own = (more: object) => (base: string) => ({ ...soundDescriptor(base), ...more })

/** Checks that need the host's calls; none of them can tell when the control does not work. */
export const BY_HANDSHAKE = [
  'connect-admin-permission',
  'connect-algorithm-pinned',
  'connect-install-verified',
  'connect-query-bound',
  'connect-signature-verified',
  'connect-tenants-apart',
  'connect-token-lifetime',
  'connect-uninstall-final',
  'connect-webhooks-authenticated',
] as const
const BY_PAGES = [
  'cache-control-no-store',
  'content-security-policy-strict',
  'framing-limited',
  'referrer-policy-strict',
  'session-cookies-protected',
] as const
/** All that an app of a single page without hooks cannot show. */
const static_ = (more: object = {}) =>
  own({ authentication: { type: 'none' }, lifecycle: undefined, scopes: [], modules: { generalPages: [{ url: '/help' }] }, ...more })

const WITH_A_WAY_BACK = own({
  modules: {
    generalPages: [
      { key: 'p', name: { value: 'P' }, url: '/page?issue={issue.key}' },
      { key: 'b', name: { value: 'B' }, url: '/page?returnUrl={back}' },
    ],
  },
})

/** One defect or one benign trap each. */
export const CORPUS: readonly Case[] = [
  { name: 'sound' },
  { name: 'sound, with the token in the header only', mistakes: { wants_token_in_header: true } },
  { name: 'sound, with a nonce in every page', mistakes: { nonce_in_pages: true } },

  {
    name: 'any signature',
    mistakes: { takes_any_signature: true },
    review: ['connect-webhooks-authenticated'],
    fails: ['connect-signature-verified', 'connect-algorithm-pinned', 'connect-tenants-apart'],
  },
  { name: 'alg none', mistakes: { takes_alg_none: true }, fails: ['connect-algorithm-pinned'] },
  { name: 'empty signature', mistakes: { takes_empty_signature: true }, fails: ['connect-algorithm-pinned'] },
  { name: 'public key as secret', mistakes: { takes_public_key_as_secret: true }, fails: ['connect-algorithm-pinned'] },
  { name: 'any tenant’s secret', mistakes: { takes_any_tenants_secret: true }, fails: ['connect-tenants-apart'] },
  { name: 'no look at the query hash', mistakes: { ignores_qsh: true, qsh_optional: true }, fails: ['connect-query-bound'] },
  { name: 'query hash optional', mistakes: { qsh_optional: true }, fails: ['connect-query-bound'] },
  { name: 'context tokens everywhere', mistakes: { takes_context_tokens: true }, fails: ['connect-query-bound'] },
  { name: 'expiry not looked at', mistakes: { ignores_expiry: true }, fails: ['connect-token-lifetime'] },
  { name: 'expiry optional', mistakes: { expiry_optional: true }, fails: ['connect-token-lifetime'] },
  { name: 'asks the host and opens anyway', mistakes: { admin_for_everybody: 'asking' }, fails: ['connect-admin-permission'] },
  { name: 'asks nobody', mistakes: { admin_for_everybody: 'not asking' }, review: ['connect-admin-permission'] },

  {
    name: 'unsigned install',
    mistakes: { takes_unsigned_install: true },
    fails: ['install-hook-signed', 'connect-install-verified', 'connect-tenants-apart'],
  },
  { name: 'install with the tenant’s own secret', mistakes: { takes_hs256_install: true }, fails: ['connect-install-verified'] },
  { name: 'install with an unknown key under a known id', mistakes: { takes_unknown_key: true }, fails: ['connect-install-verified'] },
  { name: 'audience not looked at', mistakes: { ignores_audience: true }, fails: ['connect-install-verified'] },
  { name: 'install of an hour ago', mistakes: { ignores_install_expiry: true }, fails: ['connect-install-verified'] },
  { name: 'install bound to another path', mistakes: { ignores_install_qsh: true }, fails: ['connect-install-verified'] },
  { name: 'one tenant installs another', mistakes: { ignores_body_tenant: true }, fails: ['connect-tenants-apart'] },
  {
    name: 'says 204 and drops it',
    mistakes: { drops_unsigned_install_with_204: true },
    review: ['install-hook-signed', 'connect-install-verified', 'connect-tenants-apart'],
  },
  { name: 'uninstalled tenants stay', mistakes: { keeps_uninstalled: true }, fails: ['connect-uninstall-final'] },
  {
    name: 'webhook for everybody',
    mistakes: { webhook_open: true },
    review: ['connect-webhooks-authenticated'],
  },

  { name: 'refuses everybody', mistakes: { broken: 'refuses all' }, inconclusive: [...BY_HANDSHAKE, ...BY_PAGES, 'inputs-encoded'] },
  {
    name: 'fails always',
    mistakes: { broken: 'fails all' },
    inconclusive: [
      ...BY_HANDSHAKE,
      ...BY_PAGES,
      'foreign-origins-refused',
      'inputs-encoded',
      'nothing-leaked',
      'module-pages-authenticated',
      'install-hook-signed',
      'security-txt-present',
      'descriptor-reachable',
    ],
  },
  { name: 'dies on the way', mistakes: { broken: 'dies later' }, inconclusive: [...BY_HANDSHAKE] },

  { name: 'an open page', paths: { '/page': answers(200, TABLE) }, fails: ['module-pages-authenticated'], inconclusive: [...BY_HANDSHAKE] },
  {
    name: 'an open page whose script says error',
    paths: { '/page': answers(200, `<script>throw new Error("401 forbidden")</script>${TABLE}`) },
    fails: ['module-pages-authenticated'],
    inconclusive: [...BY_HANDSHAKE],
  },
  {
    name: 'the way to a login',
    paths: { '/page': answers(302, '', { location: '/login' }), '/login': answers(200, 'Sign in') },
    inconclusive: [...BY_HANDSHAKE, ...BY_PAGES, 'inputs-encoded'],
  },
  { name: 'no HSTS', headers: { 'strict-transport-security': null }, fails: ['hsts-enabled'] },
  { name: 'HSTS of zero', headers: { 'strict-transport-security': 'max-age=0' }, fails: ['hsts-enabled'] },
  { name: 'HSTS of a day', headers: { 'strict-transport-security': 'max-age=86400' }, fails: ['hsts-enabled'] },
  { name: 'HSTS quoted and in capitals', headers: { 'strict-transport-security': 'MAX-AGE="31536000"' } },
  { name: 'a page that may be cached', headers: { 'cache-control': 'private, max-age=60' }, fails: ['cache-control-no-store'] },
  { name: 'no-store alone', headers: { 'cache-control': 'no-store' } },
  { name: 'no Referrer-Policy', headers: { 'referrer-policy': null }, fails: ['referrer-policy-strict'] },
  { name: 'a list that falls back to a strict policy', headers: { 'referrer-policy': 'unsafe-url, no-referrer' } },
  {
    name: 'a list that ends in a loose policy',
    headers: { 'referrer-policy': 'no-referrer, unsafe-url' },
    fails: ['referrer-policy-strict'],
  },
  { name: 'a bare session cookie', headers: { 'set-cookie': 'connect.sid=s1; Path=/' }, fails: ['session-cookies-protected'] },
  { name: 'a protected session cookie in lower case', headers: { 'set-cookie': 'connect.sid=s1; path=/; secure; httponly' } },
  { name: 'a language cookie', headers: { 'set-cookie': 'lang=en' } },
  { name: 'no security.txt', paths: { '/.well-known/security.txt': answers(404) }, fails: ['security-txt-present'] },
  {
    name: 'a security.txt that ended',
    paths: {
      '/.well-known/security.txt': answers(200, 'Contact: mailto:a@b.example\nExpires: 2020-01-01T00:00:00Z\n', {
        'content-type': 'text/plain',
      }),
    },
    fails: ['security-txt-present'],
  },
  {
    name: 'authentication none, with rights',
    descriptor: own({ authentication: { type: 'none' } }),
    fails: ['connect-authentication-jwt'],
  },
  { name: 'JWT in capitals', descriptor: own({ authentication: { type: 'JWT' } }) },
  { name: 'an administrator’s scope', descriptor: own({ scopes: ['READ', 'ADMIN'] }), review: ['least-privilege-scopes'] },
  { name: 'a secret in the descriptor', descriptor: own({ note: `ghp_${'b2'.repeat(18)}` }), review: ['manifest-secrets-absent'] },
  {
    name: 'a hook on somebody else’s host',
    descriptor: own({ lifecycle: { installed: '/hooks/in', uninstalled: 'https://elsewhere.example/out' } }),
    fails: ['descriptor-tidy'],
  },
  {
    name: 'static pages without rights',
    descriptor: static_(),
    paths: { '/help': answers(200, '<h1>Help</h1>') },
    review: ['connect-authentication-jwt', 'module-pages-authenticated'],
  },
  {
    name: 'a shell that fills itself',
    any_path: '<html><div id="root"></div><script src="/app.js"></script></html>',
    descriptor: own({ modules: { generalPages: [{ url: '/app' }] } }),
    review: ['module-pages-authenticated'],
    inconclusive: [...BY_HANDSHAKE, ...BY_PAGES],
  },
  {
    name: 'a cacheable page',
    descriptor: own({ modules: { dynamicContentMacros: [{ url: '/macro', cacheable: true }] } }),
    paths: { '/macro': answers(200, TABLE) },
  },

  {
    name: 'framed by anybody',
    headers: { 'content-security-policy': "script-src 'self'; frame-ancestors *" },
    review: ['framing-limited'],
  },
  {
    name: 'no word about framing',
    headers: { 'content-security-policy': "script-src 'self'" },
    review: ['framing-limited'],
  },
  {
    name: 'two policies, of which one limits framing',
    headers: { 'content-security-policy': "script-src 'self'; frame-ancestors *, frame-ancestors https://*.host.example" },
  },
  {
    name: 'framing denied the old way',
    headers: { 'content-security-policy': "script-src 'self'", 'x-frame-options': 'DENY' },
  },
  {
    name: 'scripts from anywhere',
    headers: { 'content-security-policy': "script-src *; frame-ancestors 'self'" },
    fails: ['content-security-policy-strict'],
  },
  {
    name: 'scripts made of text',
    headers: { 'content-security-policy': "script-src 'self' 'unsafe-eval'; frame-ancestors 'self'" },
    fails: ['content-security-policy-strict'],
  },
  {
    name: 'inline scripts',
    headers: { 'content-security-policy': "default-src 'self' 'unsafe-inline'; frame-ancestors 'self'" },
    fails: ['content-security-policy-strict'],
  },
  {
    name: 'words for old browsers beside a nonce',
    headers: { 'content-security-policy': "script-src 'nonce-a1' 'strict-dynamic' https: 'unsafe-inline'; frame-ancestors 'self'" },
  },
  {
    name: 'no policy for scripts',
    headers: { 'content-security-policy': "style-src 'self'; frame-ancestors 'self'" },
    review: ['content-security-policy-strict'],
  },
  { name: 'any origin with credentials', paths: { '/': echoesOrigin(true) }, fails: ['foreign-origins-refused'] },
  { name: 'any origin without credentials', paths: { '/': echoesOrigin(false) } },
  {
    name: 'everybody’s files for everybody',
    headers: { 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' },
  },
  {
    name: 'a repository left lying',
    paths: { '/.git/HEAD': answers(200, 'ref: refs/heads/main\n', { 'content-type': 'text/plain' }) },
    fails: ['nothing-leaked'],
  },
  {
    name: 'settings left lying',
    paths: { '/.env': answers(200, 'DB_PASSWORD=hunter2hunter2\n', { 'content-type': 'application/octet-stream' }) },
    fails: ['nothing-leaked'],
  },
  { name: 'a page where settings would be', paths: { '/.env': answers(200, `<p>A_SETTING=1</p>${TABLE}`) } },
  {
    name: 'a stack in an error',
    paths: { '/.env': answers(404, 'Error: none\n    at find (/srv/app/lib/files.js:12:7)') },
    fails: ['nothing-leaked'],
  },
  { name: 'a version in every answer', headers: { server: 'nginx/1.18.0' }, review: ['nothing-leaked'] },
  { name: 'a server without a version', headers: { server: 'nginx', 'x-powered-by': 'Express' } },
  { name: 'a repository that cannot be told', paths: { '/.git/HEAD': answers(503) }, inconclusive: ['nothing-leaked'] },
  { name: 'origins that cannot be told', paths: { '/': answers(503) }, inconclusive: ['foreign-origins-refused'] },
  { name: 'writes an address into its text', mistakes: { echoes: 'text' }, fails: ['inputs-encoded'] },
  { name: 'writes an address into a tag', mistakes: { echoes: 'attribute' }, fails: ['inputs-encoded'] },
  { name: 'writes an address into a script', mistakes: { echoes: 'script' }, fails: ['inputs-encoded'] },
  { name: 'writes an address as text', mistakes: { echoes: 'encoded' } },
  { name: 'leads anywhere', mistakes: { leads_back: 'anywhere' }, descriptor: WITH_A_WAY_BACK, fails: ['redirects-own'] },
  { name: 'leads to its own paths', mistakes: { leads_back: 'own paths' }, descriptor: WITH_A_WAY_BACK },
  {
    name: 'a script of its own',
    mistakes: { scripts: ['/app.js'] },
    paths: { '/app.js': script('console.log("error 401", clientSecret)') },
  },
  {
    name: 'a secret in a script',
    mistakes: { scripts: ['/app.js'] },
    paths: { '/app.js': script(`fetch('/', { headers: { token: 'ghp_${'c3'.repeat(18)}' } })`) },
    review: ['bundle-secrets-absent'],
  },
  {
    name: 'a secret in a source map',
    mistakes: { scripts: ['/app.js'] },
    paths: {
      '/app.js': script('var a=1\n//# sourceMappingURL=app.js.map'),
      '/app.js.map': script(JSON.stringify({ sourcesContent: [`const key = '-----BEGIN RSA PRIVATE KEY-----'`] })),
    },
    review: ['bundle-secrets-absent'],
  },
  {
    name: 'a key that browsers are given',
    mistakes: { scripts: ['/app.js'] },
    paths: { '/app.js': script(`stripe('pk_live_${'d4'.repeat(12)}'); maps('AIza${'Sy'.repeat(17)}A')`) },
  },
  {
    name: 'a script that cannot be told',
    mistakes: { scripts: ['/app.js'] },
    paths: { '/app.js': answers(503) },
    inconclusive: ['bundle-secrets-absent', 'client-libraries-patched'],
  },
  {
    name: 'an old library',
    mistakes: { scripts: ['/vendor.js'] },
    paths: { '/vendor.js': script('/*! jQuery v1.8.3 jquery.com */') },
    fails: ['client-libraries-patched'],
  },
  {
    name: 'an old library on somebody else’s host, which is not asked',
    mistakes: { scripts: ['https://cdn.example/jquery-1.8.3.min.js'] },
    fails: ['client-libraries-patched'],
  },
  {
    name: 'a library that was updated under its old name',
    mistakes: { scripts: ['/jquery-1.8.3.js'] },
    paths: { '/jquery-1.8.3.js': script('/*! jQuery v3.7.1 jquery.com */') },
  },
  {
    name: 'a compressed bomb',
    paths: {
      '/page': (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB),
    },
    inconclusive: ['foreign-origins-refused', 'inputs-encoded', 'module-pages-authenticated', ...BY_PAGES, ...BY_HANDSHAKE],
  },
]

export type Answered = { readonly [check: string]: Outcome }
