import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { refusalOf, type Acting } from '../enrolment/authorise.ts'
import { wordsIn } from '../concerns/raising.ts'
import type { DueProcess } from '../concerns/rules.ts'
import type { Desk, House } from '../house.ts'
import type { Instant } from '../kernel/time.ts'
import { readEvidences } from '../platform/evidence.ts'
import { appealableAt, offersOn, situationOf, type Offered } from './acting.ts'
import type { Decision } from './appealable.ts'
import { APPEALS, type AppealDocument } from './appeals-view.ts'
import { appealKey, type AppealOf } from './events.ts'

/** An appeal with its words: null where they were erased or are not there yet. */
export type AppealRead = {
  readonly document: AppealDocument
  readonly name: string
  readonly rules: DueProcess
  readonly claim: string | null
  readonly reasons: string | null
  readonly public_words: string | null
  /** The words of the decision that is appealed, where it had any. */
  readonly decided_because: string | null
  readonly offers: readonly Offered[]
  readonly now: Instant
}

/** Reads an appeal with what the reader may do about it. */
export async function readAppeal(house: House, who: Acting, of: Pick<AppealOf, 'app' | 'appeal'>): Promise<AppealRead> {
  const on = await onApp(house, of.app)
  return house.act(who, 'read-app', on, async (desk) => {
    const situation = await situationOf(house, desk, of, on)
    const document = await desk.documents.get<AppealDocument>(APPEALS, appealKey(of))
    if (document === null) throw new Error('an appeal is on its stream and not in its view')
    const decision = await desk.asMachine(() => desk.log.byHash(document.decision))
    const behind = decision === null ? [] : namesIn(decision.payload['evidence'])
    const names = [document.evidence, document.reasons, document.public_words, ...behind].flatMap((one) => one ?? [])
    const kept = await readEvidences(desk, names)
    const wordsOf = (id: string | null): string | null => (id === null ? null : wordsIn(kept.get(id)?.body))
    const because = behind.map((id) => said(kept.get(id)?.body)).find((text) => text !== null) ?? null
    return {
      document,
      name: (await desk.documents.get<AppDocument>(APPS, of.app))?.name ?? of.app,
      rules: situation.rules,
      claim: wordsOf(document.evidence),
      reasons: wordsOf(document.reasons),
      public_words: wordsOf(document.public_words),
      decided_because: because,
      offers: await offersOn(desk, situation),
      now: desk.now,
    }
  })
}

const namesIn = (evidence: unknown): readonly string[] =>
  typeof evidence === 'string' ? [evidence] : Array.isArray(evidence) ? evidence.filter((one) => typeof one === 'string') : []

/** The reason in a kept body, whichever slice kept it. */
function said(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null
  const { words, reason } = body as { readonly words?: unknown; readonly reason?: unknown }
  return typeof words === 'string' ? words : typeof reason === 'string' ? reason : null
}

/** The appeals of an app, newest first, and the decisions that can still be appealed. */
export async function readAppeals(
  house: House,
  who: Acting,
  app: string,
): Promise<{
  readonly appeals: readonly AppealDocument[]
  readonly appealable: readonly (Decision & { readonly until: string })[]
  /** Why the reader may not appeal; null when they may. */
  readonly refused: string | null
}> {
  const on = await onApp(house, app)
  return house.act(who, 'read-app', on, async (desk) => {
    const appeals = (await desk.documents.list<AppealDocument>(APPEALS, `${app}/`)).map(({ document }) => document)
    return {
      appeals: appeals.filter((one) => one.app === app).sort((a, b) => (a.lodged_at < b.lodged_at ? 1 : -1)),
      appealable: await appealableAt(house, desk, app),
      refused: refusalOf(who, 'lodge-appeal', on)?.message ?? null,
    }
  })
}

/** Every appeal that waits for a decision, for the operator's queue. */
export const openAppeals = async (desk: Desk): Promise<readonly AppealDocument[]> =>
  (await desk.documents.list<AppealDocument>(APPEALS)).map(({ document }) => document).filter(({ turn }) => turn !== null)
