import { Temporal } from 'temporal-polyfill'
import { dayOf, ms, type Instant } from '../kernel/time.ts'
import type { Programme } from './schema.ts'

/** Where a version of a programme stands on its way: from a draft over shadow and announcement to judging. By the days that the pack states, and by nothing else. */

/** One version as the pack states it. */
export type VersionRow = Programme['versions'][number]

/** `draft`: written down only. `shadow`: judged, counting nowhere. `announced`: told to everybody with its day. Then it judges, until the next one does. */
export type Phase = 'draft' | 'shadow' | 'announced' | 'in_force' | 'superseded'

/** Whether comments are taken. */
export type ConsultationPhase = 'none' | 'planned' | 'open' | 'closed'

/** What happens to a version before it judges, in this order. */
export const STAGES = ['consultation_opened', 'consultation_closed', 'shadow_begun', 'announced'] as const

export type Stage = (typeof STAGES)[number]

/** The phase of a version at a moment. */
export function phaseOf(programme: Programme, version: string, now: Instant): Phase {
  const row = rowOf(programme, version)
  const today = dayIn(programme.zone, now)
  if (row.effective <= today) {
    return programme.versions.some(({ effective }) => effective > row.effective && effective <= today) ? 'superseded' : 'in_force'
  }
  if (row.published <= today) return 'announced'
  return row.shadow !== undefined && row.shadow <= today ? 'shadow' : 'draft'
}

/** Whether a version can be commented on at a moment; both days count whole, where the programme is at home. */
export function consultationOf(programme: Programme, version: string, now: Instant): ConsultationPhase {
  const { consultation } = rowOf(programme, version)
  if (consultation === undefined) return 'none'
  const today = dayIn(programme.zone, now)
  if (today < consultation.opens) return 'planned'
  return today <= consultation.closes ? 'open' : 'closed'
}

/** The stages of a coming version that have come and are not over: what has passed is not told afterwards. */
export function stagesOf(programme: Programme, version: string, now: Instant): readonly Stage[] {
  const phase = phaseOf(programme, version, now)
  if (phase === 'in_force' || phase === 'superseded') return []
  const consultation = consultationOf(programme, version, now)
  const come = {
    consultation_opened: consultation === 'open',
    consultation_closed: consultation === 'closed',
    shadow_begun: phase === 'shadow',
    announced: phase === 'announced',
  } as const satisfies Record<Stage, boolean>
  return STAGES.filter((stage) => come[stage])
}

/** The versions that do not judge yet, the next one first. */
export function comingVersions(programme: Programme, now: Instant): readonly VersionRow[] {
  const today = dayIn(programme.zone, now)
  return programme.versions.filter(({ effective }) => effective > today).sort((a, b) => (a.effective < b.effective ? -1 : 1))
}

/**
 * The version that brings what begins or ends on a day, where it is drafted in the open. What only a draft asks is no part of
 * the versions before it, so that drafting changes nothing that judges.
 */
export const draftedFor = (programme: Programme, day: string): VersionRow | null =>
  programme.versions.find(
    ({ effective, consultation, shadow }) => effective === day && (consultation !== undefined || shadow !== undefined),
  ) ?? null

/** The day at a moment where a programme is at home. */
export function dayIn(zone: string, at: Instant): string {
  // Most packs are at home in UTC, where the day stands in the instant itself.
  if (zone === 'UTC' || zone === 'Etc/UTC') return dayOf(at)
  return Temporal.Instant.fromEpochMilliseconds(ms(at)).toZonedDateTimeISO(zone).toPlainDate().toString()
}

function rowOf(programme: Programme, version: string): VersionRow {
  const row = programme.versions.find((one) => one.version === version)
  if (row === undefined) throw new Error(`${programme.id} has no version ${version}`)
  return row
}
