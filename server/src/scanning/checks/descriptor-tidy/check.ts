import { says } from '../../../kernel/says.ts'
import type { Finding } from '../../check.ts'
import { isOwn, scopeOf } from '../../scope.ts'
import { defineCheck } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass } from '../answers.ts'

/** The descriptor names sound addresses. */
export default defineCheck({
  id: 'descriptor-tidy',
  title: { pass: 'The descriptor names sound addresses', fail: 'The descriptor names an unsound address' },
  fix: 'Use an https base URL on a domain of your own, and keep lifecycle hooks on it.',
  needs: ['descriptor'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N',
  messages: {
    'scanning.descriptor-tidy.tidy': 'All {count} addresses of the descriptor are sound.',
    'scanning.descriptor-tidy.not_https': '{where} is not https.',
    'scanning.descriptor-tidy.local': '{where} is not on the public internet.',
    'scanning.descriptor-tidy.tunnel': '{where} is a developer’s tunnel.',
    'scanning.descriptor-tidy.userinfo': '{where} carries a user name or password.',
    'scanning.descriptor-tidy.foreign_hook': 'The {kind} hook {where} is not on the app’s own domain.',
    'scanning.descriptor-tidy.long_key': 'The key has {length} characters; at most 64 are allowed.',
    'scanning.descriptor-tidy.unreadable': 'The base URL {where} cannot be read.',
    'scanning.descriptor-tidy.no_base': 'No base URL is known.',
    'scanning.descriptor-tidy.no_host': 'The app runs on the platform and has no host of its own.',
  },
  judge: ({ descriptor: { description, test_hosts = [] } }) => {
    const found: Finding[] = []
    const say = (code: string, params: Record<string, string | number>) => says(`scanning.descriptor-tidy.${code}`, params)
    const length = description.key?.length ?? 0
    if (length > MOST_KEY_CHARACTERS) found.push(fail(say('long_key', { length }), '/key', 'long key', { length }))
    const scope = scopeOf(description)
    for (const where of description.base_urls) {
      const url = URL.canParse(where) ? new URL(where) : null
      if (url === null) found.push(fail(say('unreadable', { where }), where, 'unreadable base url'))
      else if (test_hosts.includes(url.host)) continue
      else {
        if (url.protocol !== 'https:') found.push(fail(say('not_https', { where }), where, 'not https'))
        if (url.username !== '' || url.password !== '') found.push(fail(say('userinfo', { where: url.host }), url.host, 'userinfo'))
        if (TUNNEL.test(url.hostname)) found.push(fail(say('tunnel', { where }), where, 'tunnel'))
        if (isLocal(url.hostname)) found.push(fail(say('local', { where }), where, 'local host'))
      }
    }
    for (const { kind, url } of description.endpoints) {
      if (url === null || !['install', 'uninstall', 'enable', 'disable'].includes(kind) || isOwn(url, scope)) continue
      found.push(fail(say('foreign_hook', { kind, where: url }), url, 'foreign hook'))
    }
    if (found.length > 0) return found
    if (description.base_urls.length > 0)
      return [pass(say('tidy', { count: description.base_urls.length + description.endpoints.length }), '/', 'untidy')]
    return description.hosting === 'platform'
      ? [notApplicable('no_own_host', say('no_host', {}))]
      : [inconclusive('not_supplied', 'theirs', say('no_base', {}), '/baseUrl')]
  },
})

const MOST_KEY_CHARACTERS = 64
const TUNNEL =
  /(^|\.)(ngrok\.io|ngrok\.app|ngrok\.dev|ngrok-free\.app|ngrok-free\.dev|loca\.lt|localtunnel\.me|serveo\.net|trycloudflare\.com|localhost\.run|lhr\.life)$/i

/** Names and literals that no visitor from outside can reach; the client's own guard is the stricter judge. */
const isLocal = (hostname: string): boolean =>
  /^(localhost|.*\.(localhost|local|internal|test|invalid)|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(1[6-9]|2\d|3[01])\..*|0\.0\.0\.0|\[::1?\]|\[f[cd].*|\[fe80.*)$/i.test(
    hostname,
  )
