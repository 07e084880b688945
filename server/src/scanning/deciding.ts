import { onApp } from '../directory/registering.ts'
import { personBehind, type Acting, type On } from '../enrolment/authorise.ts'
import { signedIn } from '../enrolment/enrolling.ts'
import { confirm, openProposals, propose } from '../enrolment/proposing.ts'
import type { Desk, House } from '../house.ts'
import type { Digest, NewEvent, RecordedEvent } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { DAY_MS, type Instant } from '../kernel/time.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { CHECKS } from './checks/index.ts'
import { decideFinding, evolveFindings, judgedWith, type FindingCommand, type Findings } from './finding.ts'
import { findingsStream, type FindingEvent, type SuppressionReason } from './finding-events.ts'
import { FINDINGS, type FindingsDocument } from './findings-view.ts'
import { readReport } from './last-scan.ts'
import { eventsOf } from './record.ts'
import { SCANS, type ScansDocument } from './scans-view.ts'
import { severityOf } from './severity.ts'

/** What people do with findings. Each act judges the finding's check again at once, by the last scan and what was decided. */

/** Longer words belong into a document that is linked. */
const LONGEST_WORDS = 10_000
/** How long a proposal waits for a second person. */
const PROPOSAL_LASTS_DAYS = 14

/** The lives of an app's findings as they are. */
export async function readFindings(desk: Desk, app: string): Promise<FindingsDocument> {
  return (await desk.documents.get<FindingsDocument>(FINDINGS, app)) ?? { app, findings: {}, beyond: 0, next_due_at: null }
}

/** The partner's side: why this is no defect, or not as it was seen. It counts until the operator has decided. */
export async function disputeFinding(house: House, who: Acting, app: string, finding: Digest, words: string): Promise<void> {
  await house.act(who, 'dispute-finding', await onApp(house, app), async (desk) => {
    const by = personBehind(who)
    const evidence = await keptWords(desk, app, finding, by, asked(words, 'Say why this is no defect.'))
    await decided(desk, { do: 'dispute', app, finding, by, evidence })
  })
}

/** A reviewer confirms what a machine could only suspect, or rejects what the partner said against a finding. */
export async function confirmFinding(house: House, who: Acting, app: string, finding: Digest, words: string): Promise<void> {
  const on = await onApp(house, app)
  await house.act(who, 'confirm-finding', on, async (desk) => {
    const by = personBehind(who)
    uninvolved(who, on)
    const known = (await readFindings(desk, app)).findings[finding]
    const vector = CHECKS.find(({ id }) => id === known?.check)?.cvss ?? null
    const evidence = await keptWords(desk, app, finding, by, asked(words, 'Say what you saw; the partner reads it.'))
    await decided(desk, { do: 'confirm', app, finding, by, evidence, score: vector === null ? null : severityOf(vector).score })
  })
}

type Suppressed = {
  readonly finding: Digest
  readonly reason_code: SuppressionReason
  readonly until: Instant
  readonly evidence: readonly Digest[]
}

/** Proposes to set a finding aside; another person has to confirm it. Answers with the proposal's id. */
export async function proposeSuppression(
  house: House,
  who: Acting,
  app: string,
  given: { readonly finding: Digest; readonly reason_code: SuppressionReason; readonly until: Instant; readonly words: string },
): Promise<string> {
  const on = await onApp(house, app)
  return house.act(who, 'suppress-finding', on, async (desk) => {
    const { person } = signedIn(who)
    uninvolved(who, on)
    const { finding, reason_code, until, words } = given
    const evidence = await keptWords(desk, app, finding, person, asked(words, 'Say why this does not count; the partner reads it.'))
    // Whatever would be refused later is refused now, while the person can still mend it.
    const { findings } = await folded(desk, app)
    decideFinding({ do: 'suppress', app, finding, reason_code, until, persons: [person, `not ${person}`], evidence }, findings, desk.now)
    const what = { finding, reason_code, until, evidence }
    return propose(desk, { act: 'suppress-finding', app, what, lasts_ms: PROPOSAL_LASTS_DAYS * DAY_MS })
  })
}

/** Confirms such a proposal, by which the finding is set aside. */
export async function confirmSuppression(house: House, who: Acting, app: string, proposal: string): Promise<void> {
  const on = await onApp(house, app)
  await house.act(who, 'suppress-finding', on, async (desk) => {
    const { person } = signedIn(who)
    const made = await confirm(desk, proposal, { act: 'suppress-finding', on, involved: [] })
    if (made.app !== app) throw new Refused('enrolment.no_such_proposal', 'There is no such proposal for this app.', proposal)
    // The guarantee of the cast: only proposeSuppression proposes this act.
    const what = made.what as unknown as Suppressed
    await decided(desk, { do: 'suppress', app, ...what, persons: [made.by, person] })
  })
}

/** Lets a finding count again before its day. */
export async function endSuppression(house: House, who: Acting, app: string, finding: Digest): Promise<void> {
  await house.act(who, 'suppress-finding', await onApp(house, app), (desk) =>
    decided(desk, { do: 'end', app, finding, by: personBehind(who) }),
  )
}

/** A finding that waits for a second person to set it aside. */
export type SuppressionProposal = Suppressed & { readonly proposal: string; readonly by: string; readonly expires_at: Instant }

/** What is proposed for an app's findings; for partners none, since what is only proposed is nothing yet. */
export async function openSuppressions(desk: Desk, app: string): Promise<readonly SuppressionProposal[]> {
  const open = (await openProposals(desk, 'suppress-finding')).filter((one) => one.app === app)
  // The guarantee of the cast: only proposeSuppression proposes this act.
  return open.map(({ proposal, by, expires_at, what }) => ({ ...(what as unknown as Suppressed), proposal, by, expires_at }))
}

async function folded(desk: Desk, app: string): Promise<{ readonly findings: Findings; readonly version: number }> {
  const events = await desk.asMachine(() => desk.log.stream(findingsStream(app)))
  // The guarantee of the cast: only this slice appends to these streams.
  const findings = events.reduce<Findings>((before, event) => evolveFindings(before, event as unknown as RecordedEvent & FindingEvent), {})
  return { findings, version: events.length }
}

async function decided(desk: Desk, command: FindingCommand): Promise<void> {
  const { app, finding } = command
  const stream = findingsStream(app)
  const { findings, version } = await folded(desk, app)
  const facts = decideFinding(command, findings, desk.now)
  const after_it = facts.reduce<Findings>((before, fact) => evolveFindings(before, { ...fact, at: desk.now }), findings)
  const told = facts.map(({ type, payload }): NewEvent => ({ stream, subject: app, type, payload }))
  await desk.record(told, { expect: { stream, version } })
  const check = findings[finding]?.check
  const again = check === undefined ? [] : await judgedAnew(desk, app, check, after_it)
  if (again.length > 0) await desk.asMachine(() => desk.record(again))
}

/** The check's answer by the last scan and what was decided, where that changes it. A report that was erased changes nothing. */
async function judgedAnew(desk: Desk, app: string, check: string, findings: Findings): Promise<readonly NewEvent[]> {
  const scans = await desk.documents.get<ScansDocument>(SCANS, app)
  const last = scans?.last ?? null
  const report = last === null ? null : await readReport(desk, last.report)
  const judged = report?.checks.find((one) => one.check === check)
  if (last === null || report === null || judged === undefined) return []
  const decided_on = { ...judged, ...judgedWith(judged, findings, desk.now) }
  return eventsOf(app, { ...report, checks: [decided_on] }, scans?.checks ?? {}, last.report).filter(
    ({ type }) => type === 'scanning.check_judged',
  )
}

function uninvolved(who: Acting, on: On): void {
  const own =
    who.kind === 'person' && who.memberships.some(({ kind, organisation }) => kind === 'partner' && organisation === on.organisation)
  if (own) throw new Refused('enrolment.involved', 'The app belongs to an organisation of yours, so somebody else has to decide.')
}

function asked(words: string, mend: string): string {
  const said = words.trim().toWellFormed().replaceAll('\0', '')
  if (said === '') throw new Refused('scanning.no_reason', mend, 'words')
  if (said.length > LONGEST_WORDS) {
    throw new Refused('scanning.too_long', `Say it in ${LONGEST_WORDS} characters, and link what is longer.`, 'words')
  }
  return said
}

const keptWords = (desk: Desk, app: string, finding: Digest, by: string, words: string): Promise<readonly Digest[]> =>
  desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject: app,
        kind: 'finding-decision',
        observed_at: desk.now,
        source: { by, via: 'finding' },
        visibility: 'partner',
        body: { finding, words },
      },
    ]),
  )
