import type { AppDescription } from '../../directory/description.ts'
import type { Instant } from '../../kernel/time.ts'
import type { Artifacts, Exchange, HookProbe, Observed, Silent } from '../check.ts'
import { hs256, qsh, rs256, seconds, unsigned, unknownKey } from '../host/tokens.ts'
import { isOwn } from '../scope.ts'
import { notProven, probe, silentAt, type Probing } from './exchange.ts'

type Tenant = { readonly clientKey: string; readonly sharedSecret: string; readonly baseUrl: string }

/**
 * Install and uninstall calls that no marketplace signed: without a token, with an unknown key, with `alg: none`. Only ever
 * with a throw-away tenant of ours, whose body can name nobody else. When one is accepted, a page asked with the secret that
 * it carried tells whether it took effect, and the tenant is taken away again.
 */
export async function collectHooks(
  probing: Probing,
  description: AppDescription,
  now: () => Instant,
): Promise<Observed<Artifacts['hooks']>> {
  const hooks = description.endpoints.filter((endpoint) => endpoint.kind === 'install' || endpoint.kind === 'uninstall')
  const probes: HookProbe[] = []
  const silent: Silent[] = []
  const page = description.endpoints.find(
    (endpoint) =>
      (endpoint.kind === 'page' || endpoint.kind === 'admin-page') &&
      !endpoint.cacheable &&
      endpoint.url !== null &&
      isOwn(endpoint.url, probing.scope),
  )?.url
  for (const hook of hooks) {
    if (hook.url === null || (hook.kind !== 'install' && hook.kind !== 'uninstall')) continue
    if (!isOwn(hook.url, probing.scope)) {
      if (isOwn(hook.url, probing.claimed)) silent.push(notProven(hook.url))
      continue
    }
    for (const name of ['bare', 'unknown-key', 'alg-none'] as const) {
      const tenant = throwAway(probing)
      const claims = {
        iss: tenant.clientKey,
        aud: description.base_urls[0] ?? '',
        iat: seconds(now()),
        exp: seconds(now()) + 180,
        qsh: qsh('POST', hook.url, description),
      }
      const token =
        name === 'bare' ? null : name === 'alg-none' ? unsigned(claims, 'none') : rs256(claims, unknownKey(), 'scan-unknown-key')
      const sent = await probe(probing, {
        url: hook.url,
        method: 'POST',
        headers: [['content-type', 'application/json'], ...(token === null ? [] : [['authorization', `JWT ${token}`] as const])],
        body: JSON.stringify({
          key: description.key,
          ...tenant,
          productType: 'jira',
          eventType: hook.kind === 'install' ? 'installed' : 'uninstalled',
        }),
      })
      if (sent.kind === 'unseen') {
        silent.push(silentAt(hook.url, sent))
        break
      }
      const accepted = hook.kind === 'install' && sent.value.status < 300
      const effect = accepted && page !== undefined && page !== null ? await effectOf(probing, page, tenant, description, now()) : null
      const gone = accepted ? await takeAway(probing, description, tenant, now()) : null
      probes.push({
        endpoint: hook.at,
        kind: hook.kind,
        probe: name,
        exchange: sent.value,
        ...(effect === null ? {} : { effect }),
        ...(gone === null ? {} : { left_behind: gone ? null : tenant.clientKey }),
      })
    }
  }
  return { kind: 'seen', value: { probes, silent } }
}

/** A page asked bare and with a token that only somebody who planted the secret can sign. */
async function effectOf(
  probing: Probing,
  page: string,
  tenant: Tenant,
  description: AppDescription,
  at: Instant,
): Promise<{ bare: Exchange; with_token: Exchange } | null> {
  const bare = await probe(probing, { url: page })
  const token = hs256(
    { iss: tenant.clientKey, iat: seconds(at), exp: seconds(at) + 180, qsh: qsh('GET', page, description) },
    tenant.sharedSecret,
  )
  const url = new URL(page)
  url.searchParams.set('jwt', token)
  const with_token = await probe(probing, { url: url.href, headers: [['authorization', `JWT ${token}`]] })
  return bare.kind === 'seen' && with_token.kind === 'seen' ? { bare: bare.value, with_token: with_token.value } : null
}

/** Best effort: a tenant that an app took without a signature goes with a call signed by the secret that it took. True when the app says that it went. */
async function takeAway(probing: Probing, description: AppDescription, tenant: Tenant, at: Instant): Promise<boolean> {
  const hook = description.endpoints.find((endpoint) => endpoint.kind === 'uninstall')
  if (hook === undefined || hook.url === null || !isOwn(hook.url, probing.scope)) return false
  const token = hs256(
    { iss: tenant.clientKey, iat: seconds(at), exp: seconds(at) + 180, qsh: qsh('POST', hook.url, description) },
    tenant.sharedSecret,
  )
  const sent = await probe(probing, {
    url: hook.url,
    method: 'POST',
    headers: [
      ['content-type', 'application/json'],
      ['authorization', `JWT ${token}`],
    ],
    body: JSON.stringify({
      key: description.key,
      clientKey: tenant.clientKey,
      baseUrl: tenant.baseUrl,
      productType: 'jira',
      eventType: 'uninstalled',
    }),
  })
  return sent.kind === 'seen' && sent.value.status < 300
}

/** A tenant that exists nowhere: its name says what it is, and `.example` cannot belong to anybody (RFC 2606). */
function throwAway(probing: Probing): Tenant {
  const name = `scan-${Buffer.from(probing.chance(8)).toString('hex')}`
  return { clientKey: name, sharedSecret: Buffer.from(probing.chance(32)).toString('base64url'), baseUrl: `https://${name}.example` }
}
