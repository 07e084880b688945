import { says } from '../../../kernel/says.ts'
import type { Exchange, Finding } from '../../check.ts'
import { defineCheck } from '../../check.ts'
import { contentType, fail, header, inconclusive, isShell, notApplicable, pass, review, unanswered } from '../answers.ts'

/** Module pages refuse visitors who are not signed in. */
export default defineCheck({
  id: 'module-pages-authenticated',
  title: { pass: 'Module pages refuse visitors who are not signed in', fail: 'A module page shows its content to anyone' },
  fix: 'Verify the caller’s token in front of the route and answer 401 without a valid one.',
  needs: ['pages'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
  messages: {
    'scanning.module-pages-authenticated.refused': '{where} refuses a visitor without a token ({status}).',
    'scanning.module-pages-authenticated.login': '{where} sends a visitor without a token to sign in.',
    'scanning.module-pages-authenticated.elsewhere': '{where} redirects a visitor without a token; a person must look where to.',
    'scanning.module-pages-authenticated.shell':
      '{where} gives anyone the same empty shell; a person must look whether its data is protected.',
    'scanning.module-pages-authenticated.says_no': '{where} answers {status} but its text refuses; a person must look.',
    'scanning.module-pages-authenticated.open': '{where} shows its content to a visitor without a token.',
    'scanning.module-pages-authenticated.error': '{where} answers {status}; nothing can be said.',
    'scanning.module-pages-authenticated.missing': '{where} was not found; a person must look at the descriptor.',
    'scanning.module-pages-authenticated.cacheable': '{where} is a cacheable page, which signs its user in inside the browser.',
    'scanning.module-pages-authenticated.no_pages': 'The descriptor declares no pages on the app’s own hosts.',
  },
  judge: ({ pages }) => {
    if (pages.bare.length + pages.silent.length === 0)
      return [notApplicable('no_pages', says('scanning.module-pages-authenticated.no_pages'))]
    const judged = pages.bare.map(({ exchange, cacheable }) => (cacheable ? inTheBrowser(exchange) : judgePage(exchange, pages.random)))
    return [...judged, ...unanswered(pages.silent)]
  },
})

/** A cacheable page is the same for everybody; the browser's script signs in, which a bare visit cannot show. */
const inTheBrowser = (exchange: Exchange): Finding => ({
  ...notApplicable('cacheable', says('scanning.module-pages-authenticated.cacheable', { where: exchange.url })),
  where: exchange.url,
})

function judgePage(exchange: Exchange, random: readonly Exchange[]): Finding {
  const { status, url: where } = exchange
  const proof = { status, bytes: exchange.body_bytes, body_sha256: exchange.body_sha256 }
  const sentence = (code: string) => says(`scanning.module-pages-authenticated.${code}`, { where, status })
  if (status >= 500) return inconclusive('unavailable', 'theirs', sentence('error'), where)
  if (status === 429) return inconclusive('rate_limited', 'theirs', sentence('error'), where)
  if (status === 404 || status === 410 || status === 405) return review(sentence('missing'), where, 'not_found', proof)
  if (status >= 400) return pass(sentence('refused'), where, 'open page', proof)
  if (status >= 300) {
    const location = header(exchange, 'location') ?? ''
    const to = URL.canParse(location, where) ? new URL(location, where) : null
    const login = to !== null && to.host === new URL(where).host && /log-?in|sign-?in|auth|sso/i.test(to.pathname)
    return login ? pass(sentence('login'), where, 'open page', proof) : review(sentence('elsewhere'), where, 'redirect', proof)
  }
  if (isShell(exchange, random)) return review(sentence('shell'), where, 'public_shell', proof)
  const json = /json/.test(contentType(exchange))
  const text = json ? exchange.body : visibleText(exchange.body)
  // Words of refusal count only in a short answer: a page full of data may well say "error" somewhere.
  if (text.length < SHORT_TEXT && REFUSES.test(text)) return review(sentence('says_no'), where, 'refuses_in_text', proof)
  const data = json
    ? !/^\s*(\{\s*\}|\[\s*\]|null|)\s*$/.test(text)
    : text.length >= SHELL_TEXT || /<td\b|<form\b|<input\b[^>]{0,300}\bvalue=/i.test(exchange.body)
  return data ? fail(sentence('open'), where, 'open page', proof) : review(sentence('shell'), where, 'public_shell', proof)
}

/** Characters of text; a shell's title and "loading" stay below the first, an error sentence below the second. */
const SHELL_TEXT = 120
const SHORT_TEXT = 300
const REFUSES =
  /unauthori[sz]ed|forbidden|not (logged|signed) in|(log|sign) in|invalid (token|jwt)|missing (token|jwt)|access denied|not allowed|unlicensed|no licen[cs]e/i

/** What a reader would see: no scripts, styles, titles or tags. */
const visibleText = (html: string): string =>
  html
    .replaceAll(/<(script|style|title|noscript|template)\b[^>]{0,2000}>[^]{0,2048}?(<\/\1>|$)/gi, ' ')
    .replaceAll(/<[^>]{0,2000}>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
