import type { AppDescription } from '../../directory/description.ts'
import type { Artifacts, Exchange, Observed } from '../check.ts'
import { isOwn } from '../scope.ts'
import { probe, silentAt, type Probing } from './exchange.ts'

/** GET of the places where deployments leave what nobody should read, at each proven host, and of nothing else. */
export async function collectLeftLying(probing: Probing, description: AppDescription): Promise<Observed<Artifacts['left_lying']>> {
  const origins = new Set(description.base_urls.flatMap((base) => (isOwn(base, probing.scope) ? [new URL(base).origin] : [])))
  const wanted = [...origins].flatMap((origin) => PLACES.map((path) => new URL(path, origin).href))
  const asked = await Promise.all(wanted.map(async (url) => ({ url, observed: await probe(probing, { url }) })))
  return {
    kind: 'seen',
    value: {
      seen: asked.flatMap(({ observed }) => (observed.kind === 'seen' ? [withoutSettings(observed.value)] : [])),
      silent: asked.flatMap(({ url, observed }) => (observed.kind === 'unseen' ? [silentAt(url, observed)] : [])),
    },
  }
}

const PLACES = ['/.git/HEAD', '/.env', '/server-status'] as const

/** A file of settings is told by its names alone; its values are never stored, whatever they look like. */
const withoutSettings = (exchange: Exchange): Exchange =>
  new URL(exchange.url).pathname === '/.env' && exchange.status < 300
    ? { ...exchange, body: [...exchange.body.matchAll(SETTING)].map(([, name]) => `${name}=…`).join('\n') }
    : exchange

const SETTING = /^((?:export\s)?[ \t]{0,8}[A-Za-z_][A-Za-z0-9_]{0,80})=/gm
