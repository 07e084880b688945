import { says } from '../../../kernel/says.ts'
import { defineCheck, type Artifacts, type Exchange, type Finding } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass } from '../answers.ts'

/** The names of the app's hosts lead to services that somebody has claimed. */
export default defineCheck({
  id: 'subdomains-claimed',
  title: { pass: 'The names of the app’s hosts lead to services in use', fail: 'A host of the app can be taken over' },
  fix: 'Take the name out of your zone, or claim the service that it points to; delete names before you delete what they point to.',
  needs: ['names', 'front'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H',
  messages: {
    'scanning.subdomains-claimed.dangling': '{host} is another name for {target}, which does not exist.',
    'scanning.subdomains-claimed.unclaimed': '{host} leads to {service}, which says that nobody has claimed it.',
    'scanning.subdomains-claimed.used': '{host} leads to what is in use ({target}).',
    'scanning.subdomains-claimed.not_told': 'The name servers did not say where {host} leads.',
    'scanning.subdomains-claimed.nowhere': '{host} has no address.',
    'scanning.subdomains-claimed.no_host': 'The app has no host of its own with a name.',
  },
  judge: ({ names, front }) =>
    names.hosts.length === 0
      ? [notApplicable('no_own_host', says('scanning.subdomains-claimed.no_host'))]
      : names.hosts.map((one) => judgeHost(one, front.seen)),
})

function judgeHost({ host, chain, end }: Artifacts['names']['hosts'][number], front: readonly Exchange[]): Finding {
  const target = chain.at(-1) ?? host
  const proof = { chain: chain.join(' > '), end }
  if (chain.length > 0 && end === 'no_such_name')
    return fail(says('scanning.subdomains-claimed.dangling', { host, target }), host, 'dangling name', proof)
  if (end === 'failed') return inconclusive('dns', 'ours', says('scanning.subdomains-claimed.not_told', { host }), host)
  const answered = front.filter(({ url }) => new URL(url).hostname === host)
  const service = UNCLAIMED.find(({ at, shows }) => chain.some((name) => at.test(name)) && answered.some(({ body }) => shows.test(body)))
  if (service !== undefined)
    return fail(says('scanning.subdomains-claimed.unclaimed', { host, service: service.name }), host, `unclaimed at ${service.name}`, proof)
  if (end !== 'addresses') return inconclusive('no_such_host', 'theirs', says('scanning.subdomains-claimed.nowhere', { host }), host)
  return pass(says('scanning.subdomains-claimed.used', { host, target }), host, 'dangling name', proof)
}

/** What hosting services answer for a name that points to them and that no customer has. Both the name and the words have to fit. */
const UNCLAIMED = [
  { name: 'GitHub Pages', at: /\.github\.io$/, shows: /There isn't a GitHub Pages site here/i },
  { name: 'Heroku', at: /\.(herokuapp|herokudns|herokussl)\.com$/, shows: /No such app/i },
  { name: 'Amazon S3', at: /\.amazonaws\.com$/, shows: /NoSuchBucket|The specified bucket does not exist/ },
  { name: 'Bitbucket', at: /\.bitbucket\.io$/, shows: /Repository not found/i },
  { name: 'Fastly', at: /\.fastly\.net$/, shows: /Fastly error: unknown domain/i },
  { name: 'Ghost', at: /\.ghost\.io$/, shows: /The thing you were looking for is no longer here/i },
  { name: 'Netlify', at: /\.netlify\.(app|com)$/, shows: /Not Found - Request ID:/i },
  { name: 'Pantheon', at: /\.pantheonsite\.io$/, shows: /404 error unknown site/i },
  { name: 'Read the Docs', at: /\.readthedocs\.io$/, shows: /is unknown to Read the Docs/i },
  { name: 'Shopify', at: /\.myshopify\.com$/, shows: /Sorry, this shop is currently unavailable/i },
  { name: 'Surge', at: /\.surge\.sh$/, shows: /project not found/i },
  { name: 'Zendesk', at: /\.zendesk\.com$/, shows: /Help Center Closed/i },
] as const
