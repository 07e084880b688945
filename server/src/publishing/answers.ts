import { z } from 'zod'
import type { RequirementInForce } from '../programmes/schema.ts'
import { methodInWords, vouchedFor } from './method.ts'
import { PublicAppLine } from './public-app.ts'
import type { Shelved } from './shelf.ts'

/** What the public interface answers, beside whole apps. */

export const AppList = z
  .strictObject({
    apps: z.array(PublicAppLine),
    total: z.int().meta({ description: 'Apps that the question fits, on all pages.' }),
    next: z.string().nullable().meta({ description: 'Send as `after` for the next page; null on the last.' }),
  })
  .meta({ id: 'AppList' })

const ProgrammeHead = z.strictObject({
  id: z.string(),
  title: z.string(),
  says: z.string(),
  version: z.string(),
  digest: z.string(),
  status: z.enum(['open', 'closed', 'not_adopted']),
  tiers: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      kind: z.enum(['base', 'badge']),
      says: z.string(),
      retired_at: z.string().nullable(),
    }),
  ),
  disclaimer: z.string(),
  succession: z
    .strictObject({ programme: z.string(), ends_on: z.string() })
    .nullable()
    .meta({ description: 'What takes its place, and the first day on which it is over; null while no end is set.' }),
  incomplete: z.string().nullable().meta({ description: 'What is not known of it; null for a programme whose rules are all known.' }),
})

export const ProgrammeList = z.strictObject({ programmes: z.array(ProgrammeHead) }).meta({ id: 'ProgrammeList' })

/** A requirement with how it is judged, in sentences. */
export const RequirementOut = z.strictObject({
  id: z.string(),
  pillar: z.string(),
  tiers: z.array(z.string()),
  title: z.string(),
  why: z.string(),
  how_to_meet: z.string(),
  since: z.string(),
  retired: z.string().nullable(),
  verified_by: z.enum(['probe', 'scan', 'record', 'attestation', 'derived']),
  vouched_for: z
    .array(z.enum(['operator', 'partner', 'nobody']))
    .meta({ description: 'Who stands behind its answer: verified by the operator, attested by the partner, or not published how.' }),
  judged: z.array(z.string()).meta({ description: 'How it is judged, in sentences.' }),
  grace: z.string(),
  public_when_unmet: z.enum(['full', 'cure-date']),
  advisory: z.boolean(),
  cites: z.array(z.strictObject({ source: z.string(), no: z.string().nullable(), confidence: z.enum(['V', 'I', 'U', 'ours']) })),
})

export const ProgrammeWhole = ProgrammeHead.extend({
  pillars: z.array(z.strictObject({ id: z.string(), title: z.string(), says: z.string() })),
  versions: z.array(
    z.strictObject({
      version: z.string(),
      published: z.string(),
      effective: z.string(),
      superseded: z.string().nullable(),
      says: z.string(),
    }),
  ),
  requirements: z.array(RequirementOut),
}).meta({ id: 'Programme' })

/** The head of a programme. */
export function headOf({ catalogue, document }: Shelved): z.infer<typeof ProgrammeHead> {
  const { id, title, says, tiers, modelled_on, incomplete } = catalogue.programme
  return {
    id,
    title,
    says,
    version: catalogue.version,
    digest: catalogue.digest,
    status: document?.status ?? 'not_adopted',
    tiers: tiers.map((tier) => ({
      id: tier.id,
      title: tier.title,
      kind: tier.kind,
      says: tier.says,
      retired_at: document?.retired_tiers.find((one) => one.tier === tier.id)?.at ?? null,
    })),
    disclaimer: modelled_on.disclaimer,
    succession: document?.succession ?? null,
    incomplete: incomplete?.says ?? null,
  }
}

/** A programme with its rules in force. */
export function wholeOf(shelved: Shelved): z.infer<typeof ProgrammeWhole> {
  const { programme, requirements } = shelved.catalogue
  return {
    ...headOf(shelved),
    pillars: programme.pillars.map(({ id, title, says }) => ({ id, title, says })),
    versions: programme.versions.map(({ version, published, effective, superseded, says }) => ({
      version,
      published,
      effective,
      superseded: superseded ?? null,
      says,
    })),
    requirements: requirements.map(requirementOut),
  }
}

/** A requirement as programs read it. */
export const requirementOut = (requirement: RequirementInForce): z.infer<typeof RequirementOut> => ({
  id: requirement.id,
  pillar: requirement.pillar,
  tiers: [...requirement.tiers],
  title: requirement.title,
  why: requirement.why,
  how_to_meet: requirement.how_to_meet,
  since: requirement.since,
  retired: requirement.retired ?? null,
  verified_by: requirement.verified_by,
  vouched_for: [...vouchedFor(requirement)],
  judged: requirement.met_when === undefined ? [] : [...methodInWords(requirement.met_when)],
  grace: requirement.grace,
  public_when_unmet: requirement.public_when_unmet,
  advisory: requirement.advisory ?? false,
  cites: requirement.cites.map(({ source, no, confidence }) => ({ source, no: no ?? null, confidence })),
})
