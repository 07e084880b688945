import { PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import type { Reading } from '../kernel/flow.ts'
import type { Pack } from '../programmes/load.ts'
import { policyOfKind } from '../programmes/policies.ts'
import type { Catalogue, Policy } from '../programmes/schema.ts'

/** How a pack says that concerns and appeals are handled. */
export type DueProcessPolicy = Extract<Policy, { readonly kind: 'due-process' }>

/** The policy, the zone in which its days are counted, and the rules that it stands among. */
export type DueProcess = {
  readonly policy: DueProcessPolicy
  readonly zone: string
  readonly catalogue: Catalogue
  /** Whether the programme is open: what was raised before it was closed is brought to its end by its rules. */
  readonly open: boolean
}

/** By which rules concerns and appeals are handled in each programme of this marketplace. */
export async function dueProcesses(packs: readonly Pack[], reading: Pick<Reading, 'documents' | 'now'>): Promise<readonly DueProcess[]> {
  const programmes = await reading.documents.list<ProgrammeDocument>(PROGRAMMES)
  return programmes.flatMap(({ document }) => {
    const pack = packs.find((one) => one.programme.id === document.programme)
    const catalogue = pack?.catalogues.find((one) => one.version === document.version && one.digest === document.digest)
    const policy = catalogue === undefined ? null : policyOfKind(catalogue, 'due-process', reading.now)
    return catalogue === undefined || policy === null
      ? []
      : [{ policy, zone: catalogue.programme.zone, catalogue, open: document.status !== 'closed' }]
  })
}

/** The rules of one programme; null where it has none. */
export async function dueProcessOf(
  packs: readonly Pack[],
  reading: Pick<Reading, 'documents' | 'now'>,
  programme: string,
): Promise<DueProcess | null> {
  return (await dueProcesses(packs, reading)).find(({ catalogue }) => catalogue.programme.id === programme) ?? null
}
