import { APPS, type AppDocument } from '../src/directory/apps-view.ts'
import type { House } from '../src/house.ts'
import type { Pack } from '../src/programmes/load.ts'
import type { MetWhen } from '../src/programmes/schema.ts'

/** The smallest programme that has objectives for the watch: quick ones, so that a test need not wait for weeks. */
export function watchedPack(
  slos: readonly Extract<MetWhen, { readonly slo: unknown }>['slo'][] = [
    { indicator: 'availability', target: 0.9, window: 'PT20M', coverage: 0.5 },
    { indicator: 'availability', target: 0.999, window: 'P2D', coverage: 0.01 },
  ],
): Pack {
  const versions = [{ version: '2026.1', published: '2020-01-01', effective: '2020-01-01', says: 'For tests.' }]
  const requirements = slos.map((slo) => ({ met_when: { slo } }))
  // The guarantee of the cast: the watch reads versions, policies and what requirements are met by, nothing else.
  return { programme: { zone: 'UTC', versions }, policies: [], catalogues: [{ version: '2026.1', requirements }] } as unknown as Pack
}

/** Puts apps into the directory as if they had been registered and had proven their domain. */
export async function watchedApps(
  house: House,
  apps: readonly (Pick<AppDocument, 'app' | 'base_urls'> & Partial<AppDocument>)[],
): Promise<void> {
  await house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, async (unit) => {
    for (const given of apps) {
      const domains = given.base_urls.map((url) => new URL(url).hostname)
      await unit.documents.put(APPS, given.app, { health_path: '/health', domains, ...given }, given.app)
    }
  })
}
