import { says } from '../../../kernel/says.ts'
import type { Exchange, Finding } from '../../check.ts'
import { defineCheck } from '../../check.ts'
import { contentType, fail, header, inconclusive, isShell, notApplicable, pass, review, unanswered } from '../answers.ts'

/** Errors and forgotten files tell nothing of the inside. */
export default defineCheck({
  id: 'nothing-leaked',
  title: { pass: 'Errors and forgotten files tell nothing of the inside', fail: 'Errors or forgotten files show the inside of the app' },
  fix: 'Answer errors with a sentence and a number, never with a stack; serve only the folder that is meant to be public; switch version banners off.',
  needs: ['pages', 'left_lying'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N',
  messages: {
    'scanning.nothing-leaked.lying': '{where} gives anyone {what}.',
    'scanning.nothing-leaked.stack': '{where} answers {status} with a stack trace of {what}.',
    'scanning.nothing-leaked.banner': '{where} names the version of its software ({banner}); a person must look whether it matters.',
    'scanning.nothing-leaked.clean': '{where} tells nothing of the inside ({status}).',
    'scanning.nothing-leaked.error': '{where} answers {status}; nothing can be said.',
    'scanning.nothing-leaked.no_host': 'The app has no host of its own that could be asked.',
  },
  judge: ({ pages, left_lying }) => {
    const answers = [...pages.bare.map(({ exchange }) => exchange), ...pages.random]
    if (answers.length + left_lying.seen.length + left_lying.silent.length === 0)
      return [notApplicable('no_own_host', says('scanning.nothing-leaked.no_host'))]
    return [
      ...left_lying.seen.map((exchange) => judgePlace(exchange, pages.random)),
      ...answers.filter(({ status }) => status >= 400).flatMap((exchange) => stackIn(exchange) ?? []),
      ...banners([...answers, ...left_lying.seen]),
      ...unanswered(left_lying.silent),
    ]
  },
})

function judgePlace(exchange: Exchange, random: readonly Exchange[]): Finding {
  const { status, url: where } = exchange
  const place = LYING.find(({ path }) => new URL(where).pathname === path)
  const proof = { status, bytes: exchange.body_bytes, body_sha256: exchange.body_sha256 }
  // Any path gets the same from an app that fills itself in the browser, and no such file is a document.
  const shown = status >= 200 && status < 300 && !isShell(exchange, random) && place?.shows.test(exchange.body) === true
  if (shown && (place.html || !/html/.test(contentType(exchange))))
    return {
      ...fail(says('scanning.nothing-leaked.lying', { where, what: place.what }), where, `lying ${place.path}`, proof),
      ...(place.vector === null ? {} : { vector: place.vector }),
    }
  const stack = status >= 400 ? stackIn(exchange) : null
  if (stack !== null) return stack
  if (status >= 500 || status === 429)
    return inconclusive('unavailable', 'theirs', says('scanning.nothing-leaked.error', { where, status }), where)
  return pass(says('scanning.nothing-leaked.clean', { where, status }), where, 'leak', proof)
}

/** What is looked for, and by what it is told from a page that any path gets. */
const LYING = [
  {
    path: '/.git/HEAD',
    what: 'its repository',
    shows: /^(ref: refs\/[\w./-]{1,200}|[0-9a-f]{40})\s*$/,
    html: false,
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
  },
  {
    path: '/.env',
    what: 'its settings',
    shows: /^(export\s)?[ \t]{0,8}[A-Z_][A-Z0-9_]{1,80}=/m,
    html: false,
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N',
  },
  { path: '/server-status', what: 'the state of its server', shows: /Apache Server Status for/i, html: true, vector: null },
] as const

function stackIn(exchange: Exchange): Finding | null {
  const { status, url: where, body } = exchange
  const found = STACKS.find(({ shows }) => shows.test(body))
  if (found === undefined) return null
  const at = RANDOM_PATH.test(new URL(where).pathname) ? new URL('/', where).href : where
  return fail(says('scanning.nothing-leaked.stack', { where, status, what: found.what }), at, `stack of ${found.what}`, {
    status,
    body_sha256: exchange.body_sha256,
  })
}

/** The path that cannot exist is by chance; the id of a finding must not be. */
const RANDOM_PATH = /^\/[0-9a-f]{18}$/

/** No nested quantifiers: the text is a stranger's. */
const STACKS = [
  { what: 'JavaScript', shows: /\bat [^\n<]{0,200}[\w.-]{1,100}\.[cm]?[jt]sx?:\d{1,6}:\d{1,6}\)?/ },
  { what: 'Python', shows: /Traceback \(most recent call last\)/ },
  { what: 'Java', shows: /\bat [\w.$]{3,200}\([\w$]{1,100}\.(java|kt|scala):\d{1,6}\)/ },
  { what: '.NET', shows: /\bat [^\n<]{3,300} in [^\n<]{1,300}:line \d{1,6}/ },
  { what: 'PHP', shows: /\.php(:|\(| on line )\d{1,6}|Stack trace:\s{0,8}#0 / },
  { what: 'Ruby', shows: /[\w/.-]{1,200}\.rb:\d{1,6}:in [`']/ },
] as const

/** A product with its version, once for each host and word: proxies and frameworks send it with everything. */
function banners(answers: readonly Exchange[]): readonly Finding[] {
  const found = new Map<string, Finding>()
  for (const exchange of answers) {
    const where = new URL('/', exchange.url).href
    for (const name of ['server', 'x-powered-by', 'x-aspnet-version'] as const) {
      const banner = (header(exchange, name) ?? '').slice(0, 100)
      const told = name === 'x-aspnet-version' ? /\d/.test(banner) : /\/\s?v?\d{1,4}\.\d/i.test(banner)
      if (!told || found.has(`${where} ${name}`)) continue
      const finding = review(says('scanning.nothing-leaked.banner', { where, banner }), where, `banner ${name}`, { banner })
      found.set(`${where} ${name}`, { ...finding, reason: 'version_banner' })
    }
  }
  return [...found.values()]
}
