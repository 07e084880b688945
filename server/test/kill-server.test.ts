import { randomInt } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { brokenAt, type RecordedEvent } from '../src/kernel/event.ts'
import { systemClock } from '../src/platform/clock.ts'
import { sha256 } from '../src/platform/crypto.ts'
import { openDatabase } from '../src/platform/sql/open.ts'
import { LEAST, packFolder } from './packs.ts'
import { clientOf, KEEPERS, served, signInBy, type Client, type Kept, type Served } from './served.ts'

/**
 * `kill -9` of the whole server while clients write over HTTP. What a client was told is there afterwards; what it was not told
 * is there whole or not at all, and nothing is there twice. `kill.test.ts` does the same to the storage alone, many more times.
 */

const ROUNDS = 2
const WRITERS = 3
/** The newest answers before a kill come at a random place among these. Of ten answers to three writers, one writer has four: the last is an agreement. */
const ANSWERS_LEAST = 10
const ANSWERS_MOST = 20

/** A programme that somebody's word is enough for, granted by two. */
const programme = (): string =>
  packFolder({
    'programme.yaml': { ...LEAST.programme, tiers: LEAST.programme.tiers.map((tier) => ({ ...tier, reviewers: 2 })) },
    'requirements/care/answers.yaml': {
      ...LEAST.requirement,
      verified_by: 'record',
      met_when: { record: { kind: 'answers', states: ['given'] } },
      revisions: undefined,
    },
  })

/** Something that a client wanted written, by a name that no other wish has, and whether it was told that it is. */
type Wish = { readonly what: 'app' | 'details' | 'record' | 'agreement'; readonly name: string; told: boolean }

describe.each(KEEPERS)('kill -9 of the server while clients write, on $engine', ({ keep }) => {
  it(`loses nothing that was acknowledged, doubles nothing and leaves the chain whole, ${ROUNDS} times on one storage`, async () => {
    const place = await keep()
    onTestFinished(place.drop)
    const programmes = [programme()]
    const start = async (port: string): Promise<Served> => {
      const started = await served(place, { programmes, jobs: false, environment: { PORT: port } })
      onTestFinished(started.kill)
      return started
    }
    let server = await start('0')
    const { port } = new URL(server.url)
    const person = await signInBy(server.url, await server.adminLink(), null)
    const organisation: string = (await person.ask('/api/v1/organisations', { kind: 'partner', name: 'Acme' })).body.organisation
    const wishes: Wish[] = []

    for (let round = 0; round < ROUNDS; round++) {
      let answers = 0
      let enough = (): void => {}
      const atRandom = new Promise<void>((resolve) => {
        enough = resolve
      })
      const most = ANSWERS_LEAST + randomInt(ANSWERS_MOST - ANSWERS_LEAST)
      const writers = Array.from({ length: WRITERS }, (_, writer) =>
        untilItEnds(person, organisation, `r${round}-w${writer}`, wishes, () => {
          answers += 1
          if (answers >= most) enough()
        }),
      )
      await Promise.race([atRandom, Promise.all(writers)])
      // The writers go on while the signal travels.
      await server.kill()
      await Promise.all(writers)
      expect(answers).toBeGreaterThanOrEqual(most)
      server = await start(port)
      await askedAgain(person, wishes)
    }

    // As the world sees it, and as the log has it.
    const seen = await clientOf(server.url).ask('/api/v1/apps?limit=200')
    await server.stop()
    const events = await logOf(place)
    expect(brokenAt(events, sha256)).toBeNull()
    const recorded = events.flatMap(nameOf)
    expect(recorded.length, 'each wish is there once').toBe(new Set(recorded).size)
    const written = new Set(recorded)
    expect(wishes.filter(({ told, name }) => told && !written.has(name))).toEqual([])
    const wished = new Set(wishes.map(({ name }) => name))
    expect(recorded.filter((name) => !wished.has(name))).toEqual([])
    for (const what of ['app', 'details', 'record', 'agreement'] as const) {
      expect(wishes.filter((wish) => wish.what === what && wish.told).length, what).toBeGreaterThan(0)
    }
    expect(seen.body.total).toBe(recorded.filter((name) => name.startsWith('app ')).length)
  }, 480_000)
})

/** One client's work, app by app, each step after the answer to the one before; it ends when the server is gone. */
async function untilItEnds(person: Client, organisation: string, prefix: string, wishes: Wish[], answered: () => void): Promise<void> {
  const wish = async (what: Wish['what'], name: string, ask: () => ReturnType<Client['ask']>): Promise<void> => {
    const wanted: Wish = { what, name: `${what} ${name}`, told: false }
    wishes.push(wanted)
    const { status, body } = await ask()
    if (status < 200 || status > 299) throw new Error(`${wanted.name}: ${status} ${JSON.stringify(body)}`)
    wanted.told = true
    answered()
  }
  for (let n = 0; ; n++) {
    const app = `${prefix}-${n}`
    const descriptor = JSON.stringify({ castellan: 1, key: app, name: app, hosting: 'remote', base_urls: [`https://${app}.example.com`] })
    try {
      await wish('app', app, () => person.ask('/api/v1/apps', { descriptor, organisation, app }))
      await wish('details', app, () =>
        person.ask(`/api/v1/apps/${app}/details`, { health_path: `/${app}`, alert_mailbox: `${app}@example.com` }, 'PUT'),
      )
      await wish('record', app, () => person.ask(`/api/v1/apps/${app}/records/answers`, { state: 'given', source: app }, 'PUT'))
      const badge = `/api/v1/apps/${app}/badges/least/good`
      const { standing_hash } = (await person.ask(badge)).body
      await wish('agreement', app, () => person.ask(`${badge}/agree`, { standing_hash }))
    } catch (error) {
      // The connection broke: the server is gone, which is what this test does. Anything else is a mistake.
      if (error instanceof TypeError && error.message === 'fetch failed') return
      if (error instanceof TypeError && error.message === 'terminated') return
      throw error
    }
  }
}

/** What was acknowledged, asked over HTTP by the same session after the restart. */
async function askedAgain(person: Client, wishes: readonly Wish[]): Promise<void> {
  const apps = new Map<string, Wish['what'][]>()
  for (const { what, name, told } of wishes) {
    const app = name.slice(what.length + 1)
    if (told) apps.set(app, [...(apps.get(app) ?? []), what])
  }
  for (const [app, told] of apps) {
    const known = await person.ask(`/api/v1/apps/${app}`)
    expect(known, app).toMatchObject({ status: 200, body: { app } })
    if (told.includes('details')) expect(known.body, app).toMatchObject({ health_path: `/${app}`, alert_mailbox: true })
    const badge = (await person.ask(`/api/v1/apps/${app}/badges/least/good`)).body
    if (told.includes('agreement')) expect(badge.agreed_by, app).toHaveLength(1)
  }
}

async function logOf(place: Kept): Promise<readonly RecordedEvent[]> {
  const database = await openDatabase({ clock: systemClock, data_directory: place.folder, database_url: place.environment['DATABASE_URL'] })
  try {
    return await database.within({ marketplace: 'main', party: { kind: 'machine' } }, ({ log }) => log.after(0, 1_000_000))
  } finally {
    await database.close()
  }
}

/** The wish that an event fulfils. */
function nameOf({ type, subject }: RecordedEvent): readonly string[] {
  const what = {
    'directory.app_registered': 'app',
    'directory.details_supplied': 'details',
    'directory.record_confirmed': 'record',
    'badges.grant_agreed': 'agreement',
  }[type]
  return what === undefined || subject === null ? [] : [`${what} ${subject}`]
}
