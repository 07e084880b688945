import { says } from '../../../kernel/says.ts'
import { dayOf, DAY_MS, ms } from '../../../kernel/time.ts'
import { defineCheck, type Artifacts, type Finding } from '../../check.ts'
import { fail, inconclusive, notApplicable, pass, review } from '../answers.ts'

/** The app's domains are registered, and for a while yet. */
export default defineCheck({
  id: 'domain-registered',
  title: { pass: 'The app’s domains are registered', fail: 'A domain of the app is free for anybody to register' },
  fix: 'Register the domain now, or move the app to one that you hold; let it renew by itself and watch over its end.',
  needs: ['names'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H',
  messages: {
    'scanning.domain-registered.free': 'The domain {domain} does not exist, so anybody can register it.',
    'scanning.domain-registered.ended': 'The registration of {domain} ran out on {day}.',
    'scanning.domain-registered.ends_soon': 'The registration of {domain} runs out on {day}.',
    'scanning.domain-registered.held': '{domain} is registered until {day}, as of {as_of}.',
    'scanning.domain-registered.end_unknown': '{domain} exists; until when it is registered is not known here.',
    'scanning.domain-registered.not_told': 'The name servers did not say whether {domain} exists.',
    'scanning.domain-registered.no_host': 'The app has no host of its own with a name.',
  },
  judge: ({ names }) => {
    const domains = new Map(names.hosts.map((one) => [one.domain, one]))
    return domains.size === 0
      ? [notApplicable('no_own_host', says('scanning.domain-registered.no_host'))]
      : [...domains.values()].map((one) => judgeDomain(one, names))
  },
})

const SOON_MS = 30 * DAY_MS

function judgeDomain({ domain, domain_exists }: Artifacts['names']['hosts'][number], { at, registrations }: Artifacts['names']): Finding {
  if (domain_exists === null) return inconclusive('dns', 'ours', says('scanning.domain-registered.not_told', { domain }), domain)
  if (!domain_exists) return fail(says('scanning.domain-registered.free', { domain }), domain, 'free domain', { domain_exists })
  const day = registrations?.expires[domain]
  if (registrations === null || day === undefined)
    return inconclusive('no_registration_data', 'ours', says('scanning.domain-registered.end_unknown', { domain }), domain)
  // By the day of the look, however old the list is.
  const left = Date.parse(day) - ms(at)
  const proof = { expires: day, as_of: dayOf(registrations.as_of) }
  if (left < 0) return fail(says('scanning.domain-registered.ended', { domain, day }), domain, 'registration ended', proof)
  if (left < SOON_MS)
    return {
      ...review(says('scanning.domain-registered.ends_soon', { domain, day }), domain, 'registration ends', proof),
      reason: 'ends_soon',
    }
  return pass(says('scanning.domain-registered.held', { domain, day, as_of: dayOf(registrations.as_of) }), domain, 'registration', proof)
}
