import type { House } from '../house.ts'
import { catalogueOf, inForce } from '../programmes/load.ts'
import { comingVersions, dayIn, stagesOf, type Stage, type VersionRow } from '../programmes/phase.ts'
import type { DirectoryEvent } from './events.ts'
import { programme as decider, programmeStream, type ProgrammeCommand } from './programme.ts'
import type { Acting } from '../enrolment/authorise.ts'
import { Refused } from '../kernel/refused.ts'

const MACHINE: Acting = { kind: 'machine', name: 'adopt-programmes' }

/** Puts the version that is in force today on record, for each programme that the operator's settings name, and how far the coming ones are. A closed programme stays closed. */
export async function adoptProgrammes(house: House): Promise<void> {
  for (const pack of house.packs) {
    const now = house.clock.now()
    const catalogue = inForce(pack, now)
    if (catalogue === null) continue
    const { id } = catalogue.programme
    const state = await stateOf(house, id)
    if (state.status === 'closed') continue
    const today = dayIn(pack.programme.zone, now)
    if (state.succession !== null && state.succession.ends_on <= today) {
      await decide(house, MACHINE, 'end-programme', { act: 'end', programme: id, today })
      continue
    }
    if (state.version !== catalogue.version || state.digest !== catalogue.digest) {
      await decide(house, MACHINE, 'adopt-programme', { act: 'adopt', programme: id, version: catalogue.version, digest: catalogue.digest })
    }
    for (const row of comingVersions(pack.programme, now)) {
      for (const stage of stagesOf(pack.programme, row.version, now)) {
        if (state.moves.includes(`${row.version} ${stage}`)) continue
        const { digest } = catalogueOf(pack, row.version)
        const until = nextDay(row, stage)
        await decide(house, MACHINE, 'adopt-programme', { act: 'move', programme: id, version: row.version, digest, stage, until })
      }
    }
  }
}

/** When the next thing happens to a version that has reached a stage. */
function nextDay({ consultation, published, effective }: VersionRow, stage: Stage): string {
  switch (stage) {
    case 'consultation_opened':
      return consultation?.closes ?? published
    case 'consultation_closed':
    case 'shadow_begun':
      return published
    case 'announced':
      return effective
  }
}

/**
 * Sets that a programme ends and its successor takes its place, by the dates and rules that the successor's pack states. Both
 * run until then; on the day the program keeps what the person set.
 */
export async function beginSuccession(house: House, who: Acting, programme: string, successor: string): Promise<void> {
  const [from, to] = [programme, successor].map((id) => house.packs.find((one) => one.programme.id === id))
  if (from === undefined || to === undefined) {
    throw new Refused(
      'programmes.no_such_programme',
      'This marketplace does not run both programmes.',
      from === undefined ? programme : successor,
    )
  }
  const { succeeds } = to.programme
  if (succeeds?.programme !== programme) {
    throw new Refused('directory.no_succession', `${to.programme.title} does not say that it succeeds ${from.programme.title}.`, successor)
  }
  const stray = succeeds.tiers.find((tier) => !from.programme.tiers.some(({ id, kind }) => id === tier.from && kind === 'badge'))
  if (stray !== undefined)
    throw new Refused('directory.no_such_tier', `The programme ${programme} has no badge "${stray.from}".`, stray.from)
  if ((await stateOf(house, successor)).status !== 'open') {
    throw new Refused('directory.wrong_state', `${to.programme.title} is not open here, so nobody could go over to it.`, successor)
  }
  const today = dayIn(from.programme.zone, house.clock.now())
  await decide(house, who, 'close-programme', { act: 'succeed', programme, successor, ends_on: succeeds.ends, today })
}

/** Ends a programme in this marketplace: its history stays, it grants nothing any more. */
export const closeProgramme = (house: House, who: Acting, programme: string): Promise<void> =>
  decide(house, who, 'close-programme', { act: 'close', programme })

/** Ends a tier: its badges end, requirements that other tiers share stay. */
export async function retireTier(house: House, who: Acting, programme: string, tier: string): Promise<void> {
  const pack = house.packs.find((one) => one.programme.id === programme)
  if (pack?.programme.tiers.some((one) => one.id === tier) !== true) {
    throw new Refused('directory.no_such_tier', `The programme ${programme} has no tier "${tier}".`, tier)
  }
  await decide(house, who, 'retire-tier', { act: 'retire_tier', programme, tier })
}

async function decide(
  house: House,
  who: Acting,
  act: 'adopt-programme' | 'end-programme' | 'close-programme' | 'retire-tier',
  command: ProgrammeCommand,
): Promise<void> {
  await house.act(who, act, {}, async (desk) => {
    const stream = programmeStream(command.programme)
    const events = await desk.log.stream(stream)
    const facts = decider.decide(command, folded(events), desk.now)
    if (facts.length === 0) return
    await desk.record(
      facts.map(({ type, payload }) => ({ stream, subject: null, type, payload })),
      { expect: { stream, version: events.length } },
    )
  })
}

const stateOf = (house: House, programme: string) =>
  house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, async (unit) =>
    folded(await unit.log.stream(programmeStream(programme))),
  )

type Recorded = Parameters<typeof decider.evolve>[1]

// The guarantee of the cast: only this decider's events are appended to a programme's stream.
const folded = (events: readonly { readonly type: string }[]) =>
  events.reduce((state, event) => decider.evolve(state, event as unknown as DirectoryEvent & Recorded), decider.initial)
