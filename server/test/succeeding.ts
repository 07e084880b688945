import { sha256 } from '../src/platform/crypto.ts'
import { cataloguesOf } from '../src/programmes/catalogue.ts'
import type { Pack } from '../src/programmes/load.ts'
import type { Programme } from '../src/programmes/schema.ts'
import { openRunning, READY } from './drafted.ts'
import { catalogueWith, ENFORCEMENT, requirement } from './standing.ts'

/** A programme and the one that takes its place: two of its reviewers must agree, and one of the two apps is ready for it. */

const cites = [{ source: 'This test', confidence: 'ours' as const, note: 'For tests.' }]
const policies = [{ ...ENFORCEMENT, listing: [...ENFORCEMENT.listing], cites }]
const { programme: old } = catalogueWith([])

function packOf(programme: Programme, ids: readonly string[]): Pack {
  const requirements = ids.map((id) =>
    requirement(id, { tiers: programme.tiers.flatMap(({ id: tier, kind }) => (kind === 'badge' ? [tier] : [])) }),
  )
  const written = { programme, requirements, policies, forms: [] }
  const catalogues = cataloguesOf(written, sha256)
  return { folder: '', ...written, digest: sha256(programme.id), catalogues }
}

const HARBOUR = packOf(old, ['care.tested'])
const HAVEN = packOf(
  {
    ...old,
    id: 'haven',
    title: 'Haven',
    says: 'What comes after Harbour.',
    tiers: old.tiers.flatMap((tier) => (tier.id === 'gold' ? [{ ...tier, id: 'safe', title: 'Safe', reviewers: 2 }] : [])),
    succeeds: {
      programme: 'harbour',
      says: 'Who meets Haven goes over when two reviewers agree. Who does not may, until the day.',
      side_by_side_from: '2026-04-01',
      ends: '2026-10-01',
      badges: ['active', 'at_risk'],
      tiers: [{ from: 'gold', to: 'safe' }],
      cites,
    },
  },
  ['haven.backups'],
)

export const openSucceeding = (open: Parameters<typeof openRunning>[0]) =>
  openRunning(open, [HARBOUR, HAVEN], (app) => ({ 'care.tested': 'pass', 'haven.backups': app === READY ? 'pass' : 'fail' }))
