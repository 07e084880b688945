import { says } from '../../../kernel/says.ts'
import { defineCheck, type Finding, type InputProbe } from '../../check.ts'
import { fail, header, inconclusive, notApplicable, pass } from '../answers.ts'

/** Pages lead to the app's own addresses only. */
export default defineCheck({
  id: 'redirects-own',
  title: { pass: 'Pages lead to the app’s own addresses only', fail: 'A page leads wherever its address says' },
  fix: 'Take the way back from a fixed list, or accept a path alone and put your own origin in front of it; refuse what begins with two slashes.',
  needs: ['inputs'],
  risk: 'read',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N',
  messages: {
    'scanning.redirects-own.led': '{where} redirects to the foreign address that stood in {parameters}.',
    'scanning.redirects-own.stays': '{where} does not follow the foreign address that stood in {parameters} ({status}).',
    'scanning.redirects-own.error': '{where} answers {status}; nothing can be said.',
    'scanning.redirects-own.no_parameters': 'No page of the app’s own hosts takes an address to return to.',
  },
  judge: ({ inputs }) => {
    const probes = inputs.probes.filter(({ kind }) => kind === 'canary')
    return probes.length === 0 ? [notApplicable('no_parameters', says('scanning.redirects-own.no_parameters'))] : probes.map(judgeProbe)
  },
})

function judgeProbe({ page: where, as, parameters, exchange }: InputProbe): Finding {
  const { status } = exchange
  const named = parameters.join(', ')
  const proof = { status, as, location: (header(exchange, 'location') ?? '').slice(0, 300) }
  const to = header(exchange, 'location')
  const foreign = status >= 300 && status < 400 && to !== null && URL.canParse(to, where) && FOREIGN.test(new URL(to, where).hostname)
  if (foreign) return fail(says('scanning.redirects-own.led', { where, parameters: named }), where, `leads by ${named}`, proof)
  if (status >= 500 || status === 429)
    return inconclusive('unavailable', 'theirs', says('scanning.redirects-own.error', { where, status }), where)
  return pass(says('scanning.redirects-own.stays', { where, parameters: named, status }), where, `leads by ${named}`, proof)
}

/** The name that the probe gave. */
const FOREIGN = /^scan-[0-9a-f]{12}\.example$/
