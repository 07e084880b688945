import { canonical } from '../kernel/canonical.ts'
import type { Digest, Sha256 } from '../kernel/event.ts'
import type { Json } from '../kernel/json.ts'
import { draftedFor } from './phase.ts'
import type { Catalogue, Form, Policy, Programme, Requirement, RequirementInForce } from './schema.ts'

/** A programme's parts as they read under one of its versions. Pure; frozen, so that nothing that judges by it can bend it. */

/** The parts of a pack, each in its order. */
export type PackParts = {
  readonly programme: Programme
  readonly requirements: readonly Requirement[]
  readonly policies: readonly Policy[]
  readonly forms: readonly Form[]
}

/** In the order in which people read them: requirements by pillar and id, policies and forms by id and day. */
export function inOrder(parts: PackParts): PackParts {
  const pillars = parts.programme.pillars.map(({ id }) => id)
  const byDay = (a: Policy | Form, b: Policy | Form): number => compare(a.id, b.id) || compare(a.since, b.since)
  return {
    programme: parts.programme,
    requirements: [...parts.requirements].sort((a, b) => pillars.indexOf(a.pillar) - pillars.indexOf(b.pillar) || compare(a.id, b.id)),
    policies: [...parts.policies].sort(byDay),
    forms: [...parts.forms].sort(byDay),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** All versions from the oldest to the newest. */
export const cataloguesOf = (parts: PackParts, sha256: Sha256): readonly Catalogue[] =>
  [...parts.programme.versions].sort((a, b) => compare(a.effective, b.effective)).map(({ version }) => catalogueFor(parts, version, sha256))

function catalogueFor(parts: PackParts, version: string, sha256: Sha256): Catalogue {
  const { programme } = parts
  const row = programme.versions.find((one) => one.version === version)
  if (row === undefined) throw new Error(`${programme.id} has no version ${version}`)
  const requirements = parts.requirements.flatMap((requirement) => {
    // What a draft brings is its own until it judges, so that drafting renames no version and tells nobody of a day that is not set.
    if (isLaterDrafts(programme, requirement.since, row.effective)) return []
    const { retired, ...stands } = asItStands(requirement, row.effective)
    return [retired === undefined || isLaterDrafts(programme, retired, row.effective) ? stands : { ...stands, retired }]
  })
  const policies = standing(parts.policies, row.effective)
  const forms = standing(parts.forms, row.effective)
  // The list of versions and the told history are left out: announcing the next version must not rename the one in force.
  const { versions: _, history: __, ...rest } = programme
  // How it came to judge is no part of what it asks: a date of a draft may move.
  const { superseded: ___, consultation: ____, shadow: _____, ...own } = row
  const digest = digestOf({ programme: rest, version: own, requirements, policies, forms }, sha256)
  return frozen({ programme, version, digest, requirements, policies, forms })
}

/** Whether what begins or ends on a day does so by a version that is still to judge and was drafted in the open. */
const isLaterDrafts = (programme: Programme, day: string, effective: string): boolean =>
  day > effective && draftedFor(programme, day) !== null

/** A requirement with the revisions folded in that have begun by a day. Those that begin or end later stay in: the judge goes by the day. */
function asItStands(requirement: Requirement, day: string): RequirementInForce {
  const { revisions = [], ...first } = requirement
  let reads: RequirementInForce = first
  for (const { since, why_changed: _, ...changed } of revisions) {
    if (since > day) continue
    // A guide leads to what it was written for, so it goes with the next revision.
    const { adoption_guide: __, ...kept } = reads
    // The guarantee of the cast: the parser leaves out keys that are absent, so no revision has a key without a value.
    reads = { ...kept, ...(changed as Partial<RequirementInForce>) }
  }
  return reads
}

/** Of each policy or form the file that holds on a day: the newest that has begun and has not ended. */
function standing<Part extends Policy | Form>(all: readonly Part[], day: string): readonly Part[] {
  const newest = new Map<string, Part>()
  for (const one of all) {
    const other = newest.get(one.id)
    if (one.since <= day && (other === undefined || other.since < one.since)) newest.set(one.id, one)
  }
  return [...newest.values()].filter(({ retired }) => retired === undefined || retired > day)
}

/** The name of a part of a pack. The guarantee of the cast: it was read from YAML's core schema, which has JSON's values only. */
export const digestOf = (value: object, sha256: Sha256): Digest => sha256(canonical(value as Json))

/** Freezes a value and everything in it. */
export function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) frozen(member)
  return value
}
