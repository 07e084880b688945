import { z } from 'zod'
import { render } from '../kernel/says.ts'
import type { Instant } from '../kernel/time.ts'
import { changeInWords, changelogOf, differences, type Change, type ChangeByVersion } from '../programmes/diff.ts'
import type { Pack } from '../programmes/load.ts'
import { MESSAGES } from '../programmes/messages.ts'
import { consultationOf, phaseOf, type ConsultationPhase, type Phase, type VersionRow } from '../programmes/phase.ts'
import type { Catalogue, RequirementInForce } from '../programmes/schema.ts'
import { requirementOut, RequirementOut } from './answers.ts'
import { behindOf, consequencesOf } from './behind.ts'
import type { Shelved } from './shelf.ts'

/** A programme documented version by version, made from its pack: what each version changed, and what each requirement asked under it. */

/** A version, where it stands on its way, and what it changed against the one before. */
export type VersionRead = {
  readonly row: VersionRow
  readonly catalogue: Catalogue
  readonly phase: Phase
  readonly consultation: ConsultationPhase
  /** Null for the first version: everything in it is new. */
  readonly changes: readonly Change[] | null
}

/** All versions, the newest first. */
export function versionsOf({ pack }: Shelved, now: Instant): readonly VersionRead[] {
  return pack.catalogues
    .flatMap((catalogue, at): readonly VersionRead[] => {
      const row = catalogue.programme.versions.find(({ version }) => version === catalogue.version)
      if (row === undefined) return []
      return [
        {
          row,
          catalogue,
          phase: phaseOf(pack.programme, row.version, now),
          consultation: consultationOf(pack.programme, row.version, now),
          changes: changesOf(pack)[at] ?? null,
        },
      ]
    })
    .toReversed()
}

const CHANGES = new WeakMap<Pack, readonly (readonly Change[] | null)[]>()

/** What each version changed, in the order of the catalogues; compared once, since a pack does not change while it is open. */
function changesOf(pack: Pack): readonly (readonly Change[] | null)[] {
  const known = CHANGES.get(pack)
  if (known !== undefined) return known
  const changes = pack.catalogues.map((catalogue, at) => {
    const before = pack.catalogues[at - 1]
    return before === undefined ? null : differences(before, catalogue, pack.requirements)
  })
  CHANGES.set(pack, changes)
  return changes
}

/** One version by its number. */
export const versionOf = (shelved: Shelved, version: string, now: Instant): VersionRead | null =>
  versionsOf(shelved, now).find(({ row }) => row.version === version) ?? null

/** What each version changed of a requirement, the newest first. */
export const changelogIn = ({ pack }: Shelved, id: string): readonly ChangeByVersion[] =>
  changelogOf(pack.catalogues, pack.requirements, id)

/** A change as sentences, the first of which says what happened. */
export const sentencesOf = (change: Change): readonly string[] => changeInWords(change).map((sentence) => render(sentence, MESSAGES))

const ChangeOut = z.strictObject({
  what: z.enum(['requirement', 'policy', 'form', 'tier', 'pillar', 'signal']),
  how: z.enum(['added', 'announced', 'retired', 'removed', 'revised']),
  id: z.string(),
  title: z.string(),
  on: z.string().nullable(),
  says: z.array(z.string()).meta({ description: 'What changes, key by key and why, as sentences.' }),
})

const VersionOut = z.strictObject({
  version: z.string(),
  digest: z.string(),
  phase: z.enum(['draft', 'shadow', 'announced', 'in_force', 'superseded']),
  says: z.string(),
  consultation: z
    .strictObject({ phase: z.enum(['planned', 'open', 'closed']), opens: z.string(), closes: z.string() })
    .nullable()
    .meta({ description: 'First and last day on which comments on the draft are taken.' }),
  shadow: z.string().nullable().meta({ description: 'From this day its requirements are judged and count nowhere.' }),
  announced: z.string(),
  effective: z.string(),
  superseded: z.string().nullable(),
  adoption_guide: z.string().nullable(),
  changes: z.array(ChangeOut).nullable().meta({ description: 'Against the version before; null for the first.' }),
})

export const VersionList = z.strictObject({ programme: z.string(), versions: z.array(VersionOut) }).meta({ id: 'ProgrammeVersions' })

export const VersionWhole = VersionOut.extend({
  programme: z.string(),
  requirements: z.array(RequirementOut),
}).meta({ id: 'ProgrammeVersion' })

export const RequirementWhole = RequirementOut.extend({
  programme: z.string(),
  version: z.string(),
  adoption_guide: z.string().nullable(),
  behind: z
    .array(
      z.strictObject({
        kind: z.enum(['check', 'form', 'policy', 'attestation']),
        id: z.string(),
        title: z.string(),
        says: z.array(z.string()),
      }),
    )
    .meta({ description: 'What its rule leans on.' }),
  follows: z.array(z.string()).meta({ description: 'What follows when it is not met, step by step.' }),
  changelog: z
    .array(z.strictObject({ version: z.string(), effective: z.string(), how: ChangeOut.shape.how, says: z.array(z.string()) }))
    .meta({ description: 'What each version changed of it, the newest first.' }),
}).meta({ id: 'RequirementDocumentation' })

/** A version as programs read it. */
export function versionOut({ row, catalogue, phase, consultation, changes }: VersionRead): z.infer<typeof VersionOut> {
  return {
    version: row.version,
    digest: catalogue.digest,
    phase,
    says: row.says,
    consultation: row.consultation === undefined || consultation === 'none' ? null : { phase: consultation, ...row.consultation },
    shadow: row.shadow ?? null,
    announced: row.published,
    effective: row.effective,
    superseded: row.superseded ?? null,
    adoption_guide: row.adoption_guide ?? null,
    changes:
      changes?.map((change) => {
        const { what, how, id, title, on } = change
        return { what, how, id, title, on, says: [...sentencesOf(change)] }
      }) ?? null,
  }
}

/** A version with its requirements. */
export const versionWhole = (read: VersionRead): z.infer<typeof VersionWhole> => ({
  ...versionOut(read),
  programme: read.catalogue.programme.id,
  requirements: read.catalogue.requirements.map(requirementOut),
})

/** A requirement as it reads under a version, with all that stands behind it. */
export const requirementWhole = (
  shelved: Shelved,
  catalogue: Catalogue,
  requirement: RequirementInForce,
): z.infer<typeof RequirementWhole> => ({
  ...requirementOut(requirement),
  programme: catalogue.programme.id,
  version: catalogue.version,
  adoption_guide: requirement.adoption_guide ?? null,
  behind: behindOf(catalogue, requirement).map(({ says, ...one }) => ({ ...one, says: [...says] })),
  follows: [...consequencesOf(catalogue, requirement)],
  changelog: changelogIn(shelved, requirement.id).map(({ version, effective, change }) => ({
    version,
    effective,
    how: change.how,
    says: [...sentencesOf(change)],
  })),
})
