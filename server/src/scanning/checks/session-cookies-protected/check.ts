import { says } from '../../../kernel/says.ts'
import { ms, type Instant } from '../../../kernel/time.ts'
import { defineCheck } from '../../check.ts'
import { isOwn, scopeOf } from '../../scope.ts'
import { documents, fail, headers, noDocument, noDocumentMessages, notApplicable, pass, unanswered } from '../answers.ts'

/** Session cookies are protected. */
export default defineCheck({
  id: 'session-cookies-protected',
  title: { pass: 'Session cookies are protected', fail: 'A session cookie lacks Secure or HttpOnly' },
  fix: 'Set session cookies with `Secure; HttpOnly`, and `SameSite=None` only together with `Secure`.',
  needs: ['descriptor', 'front', 'pages'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N',
  messages: {
    ...noDocumentMessages('session-cookies-protected'),
    'scanning.session-cookies-protected.open': '{where} sets the cookie {cookie} without {missing}.',
    'scanning.session-cookies-protected.protected': '{where} sets the cookie {cookie} with Secure and HttpOnly.',
    'scanning.session-cookies-protected.none': '{pages} documents were seen and none sets a session cookie.',
  },
  judge: ({ descriptor, front, pages }) => {
    const scope = scopeOf(descriptor.description)
    const found = [...front.seen.filter((exchange) => isOwn(exchange.url, scope)), ...pages.bare.map((page) => page.exchange)].flatMap(
      (exchange) =>
        headers(exchange, 'set-cookie').flatMap((line) => {
          const cookie = sessionCookie(line, exchange.at)
          if (cookie === null) return []
          const missing = [cookie.secure ? '' : 'Secure', cookie.http_only ? '' : 'HttpOnly'].filter((word) => word !== '').join(' and ')
          const where = exchange.url
          return missing === ''
            ? [
                pass(says('scanning.session-cookies-protected.protected', { where, cookie: cookie.name }), where, `cookie ${cookie.name}`, {
                  cookie: line,
                }),
              ]
            : [
                fail(
                  says('scanning.session-cookies-protected.open', { where, cookie: cookie.name, missing }),
                  where,
                  `cookie ${cookie.name}`,
                  { cookie: line },
                ),
              ]
        }),
    )
    if (found.length > 0) return [...found, ...unanswered(pages.silent)]
    const seen = documents(pages, /html|json/).length
    return seen > 0
      ? [notApplicable('no_session_cookie', says('scanning.session-cookies-protected.none', { pages: seen })), ...unanswered(pages.silent)]
      : noDocument(pages, 'session-cookies-protected')
  },
})

function sessionCookie(line: string, at: Instant): { name: string; secure: boolean; http_only: boolean } | null {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const name = pair.split('=')[0] ?? ''
  const words = attributes.map((attribute) => attribute.toLowerCase())
  // RFC 6265, section 5.2.2: a lifetime of zero or less, or a day that has passed, takes the cookie away.
  const deleted =
    words.some((word) => /^max-age=(0|-\d+)$/.test(word)) ||
    attributes.some((attribute) => /^expires=/i.test(attribute) && Date.parse(attribute.slice('expires='.length)) <= ms(at))
  const session = /sess|sid|auth|token|jwt|cfid|cftoken/i.test(name) && !/csrf|xsrf/i.test(name)
  return session && !deleted ? { name, secure: words.includes('secure'), http_only: words.includes('httponly') } : null
}
