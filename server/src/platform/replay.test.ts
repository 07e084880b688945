import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { simulated } from '../../simulate/simulate.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import { instant } from '../kernel/time.ts'
import { loadPack } from '../programmes/load.ts'
import { pipelineOf } from '../pipeline.ts'
import { PROGRAMMES_FOLDER } from './config.ts'
import { pipeline } from './dispatch.ts'
import { replay, type Replayed } from './replay.ts'
import { memoryDocuments, memoryLog } from './sql/memory.ts'

const folder = join(PROGRAMMES_FOLDER, 'cloud-fortified')
const again = (events: readonly RecordedEvent[], flow = pipelineOf([loadPack(folder)])): Promise<Replayed> =>
  replay(events, flow, { log: memoryLog('simulated'), documents: memoryDocuments() })

describe('a history judged again', () => {
  let events: readonly RecordedEvent[]
  beforeAll(async () => {
    const world = await simulated({ seed: 4, apps: 20, days: 60, from: '2026-06-01', programmes: [folder] })
    events = [...world.log.all()]
  }, 120_000)

  it('is the same to the last byte', async () => {
    expect(events.some(({ type }) => type === 'badges.granted')).toBe(true)
    expect(await again(events)).toEqual({ events: events.length, head: events.at(-1)?.hash, differs: null })
  })

  it('is the same up to where it ends', async () => {
    const cut = events.findIndex(({ cause }, place) => place > events.length / 2 && cause === null && events[place - 1]?.cause !== null)
    expect(await again(events.slice(0, cut))).toEqual({ events: cut, head: events[cut - 1]?.hash, differs: null })
  })

  const changed = (
    type: string,
    change: (event: RecordedEvent) => RecordedEvent | null,
  ): { readonly log: RecordedEvent[]; readonly seq: number } => {
    const place = events.findIndex((event, at) => event.type === type && at > events.length / 2)
    const event = events[place]
    if (event === undefined) throw new Error(`there is a ${type}`)
    const other = change(event)
    return { log: events.toSpliced(place, 1, ...(other === null ? [] : [other])), seq: event.seq }
  }

  it.each([
    [
      'a verdict that was changed',
      'standing.changed',
      (event: RecordedEvent) => ({ ...event, payload: { ...event.payload, version: 'another' } }),
    ],
    [
      'a verdict that was changed and hashed to fit nothing',
      'standing.changed',
      (event: RecordedEvent) => ({ ...event, hash: 'sha256:0' as const }),
    ],
    [
      'an observation that was changed',
      'scanning.scan_finished',
      (event: RecordedEvent) => ({ ...event, payload: { ...event.payload, consent: false } }),
    ],
    ['another time', 'reliability.day_closed', (event: RecordedEvent) => ({ ...event, at: instant(Date.parse(event.at) + 1) })],
    ['a verdict that was left out', 'standing.changed', () => null],
  ] as const)('%s is told with its place', async (_, type, change) => {
    const { log, seq } = changed(type, change)
    const told = await again(log)
    expect(told).toMatchObject({ events: seq - 1, differs: { seq } })
  })

  it('what nothing led to is told', async () => {
    const told = await again(events, pipeline([], []))
    expect(told.differs?.recorded?.cause).not.toBeNull()
    expect(told.differs?.judged).toBeNull()
  })
})
