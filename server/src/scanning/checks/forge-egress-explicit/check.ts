import { says } from '../../../kernel/says.ts'
import { getDomain } from 'tldts'
import { defineCheck } from '../../check.ts'
import { fail, notApplicable, pass } from '../answers.ts'

/** Egress goes to named hosts. */
export default defineCheck({
  id: 'forge-egress-explicit',
  title: { pass: 'Egress goes to named hosts', fail: 'Egress is open to any host' },
  fix: 'Name the hosts in `permissions.external`; use a wildcard only below a domain of your own.',
  needs: ['descriptor'],
  risk: 'passive',
  cvss: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N',
  messages: {
    'scanning.forge-egress-explicit.named': 'All {count} egress addresses are named.',
    'scanning.forge-egress-explicit.any': '{kind} may go to any host.',
    'scanning.forge-egress-explicit.shared': '{kind} may go to {address}, a domain that strangers share.',
    'scanning.forge-egress-explicit.none': 'The manifest declares no egress.',
    'scanning.forge-egress-explicit.other': 'Only Forge manifests declare egress.',
  },
  judge: ({ descriptor: { description } }) => {
    if (description.platform !== 'forge') return [notApplicable('not_forge', says('scanning.forge-egress-explicit.other'))]
    const { egress } = description
    // No declared egress is the closed state: the platform lets nothing out that the manifest does not name.
    if (egress.length === 0) return [pass(says('scanning.forge-egress-explicit.none'), '/permissions/external', 'open egress')]
    const found = egress.flatMap(({ kind, address, at }) => {
      const host = address.replace(/^[a-z]+:\/\//i, '').replace(/[/:].*$/, '')
      if (host === '*' || host === '**')
        return [fail(says('scanning.forge-egress-explicit.any', { kind }), at, 'egress to any host', { kind, address })]
      if (!host.startsWith('*.')) return []
      const shared = getDomain(`x.${host.slice(2)}`, { allowPrivateDomains: true }) === `x.${host.slice(2)}` || SHARED.has(host.slice(2))
      return shared
        ? [fail(says('scanning.forge-egress-explicit.shared', { kind, address }), at, 'egress to a shared domain', { kind, address })]
        : []
    })
    return found.length > 0
      ? found
      : [pass(says('scanning.forge-egress-explicit.named', { count: egress.length }), '/permissions/external', 'open egress')]
  },
})

/** Domains under which anybody can have a name, beside those of the public suffix list. */
const SHARED = new Set(['amazonaws.com', 'azure.com', 'windows.net', 'googleapis.com', 'cloudfront.net', 'herokuapp.com'])
