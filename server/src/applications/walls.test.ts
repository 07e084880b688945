import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { APP, FOREIGN_APP, openHarbour, SECOND, type Harbour } from '../../test/applications.ts'
import { testClock } from '../../test/house.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import { DAY_MS, parseInstant } from '../kernel/time.ts'
import { gather } from '../publishing/outbox/gather.ts'
import { sweep } from '../sweeping.ts'

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')
const NOTE = 'They were late twice before, between us.'
const PASS = { gate: 'pass', base: 'pass', soaked: 'pass' } as const

describe.each(ENGINES)('what reaches whom, on $engine', ({ open }) => {
  const clock = testClock(parseInstant('2026-01-01T12:00:00Z'))
  let opened: Opened
  let at: Harbour
  beforeAll(async () => {
    opened = await open(clock)
    at = await openHarbour(opened, clock)
    for (const app of [APP, SECOND, FOREIGN_APP]) await at.scan(PASS, app)
    expect(await at.does('mia', 'apply', { standing_hash: await at.hash() })).toBe('triage')
    expect(await at.does('oto', 'apply', { standing_hash: await at.hash(FOREIGN_APP) }, FOREIGN_APP)).toBe('triage')
  }, 180_000)
  afterAll(async () => {
    await at?.server.close()
    await opened.close()
  })
  const attach = (who: string, given: object, app = APP) =>
    at.does(who, 'attachments', { name: 'policy.txt', content: base64('Our policy.'), ...given }, app)
  type File = {
    readonly attachment: string
    readonly name: string
    readonly provenance: string
    readonly revision: number
    readonly from: string | null
    readonly expired: boolean
  }
  const files = async (app = APP): Promise<readonly File[]> => (await at.read('mia', app))['attachments'] as readonly File[]
  const bytesOf = (who: string | null, attachment: string, app = APP) =>
    at.call(who, 'GET', `${at.threadOf(app)}/attachments/${attachment}/content`)

  it('a partner sees its own thread and never another’s, over every address and below them', async () => {
    expect(await at.does('oto', 'comments', { words: 'A secret of the other partner.' }, FOREIGN_APP)).toBe('triage')
    for (const path of ['', '/notes', '/attachments/att_1/content']) {
      expect((await at.call('mia', 'GET', `${at.threadOf(FOREIGN_APP)}${path}`)).status).toBe(403)
    }
    for (const path of [`/apps/${FOREIGN_APP}/applications`, `/apps/${FOREIGN_APP}/applications/harbour/gold`, '/applications']) {
      expect((await at.call('mia', 'GET', path)).status).toBe(403)
    }
    expect((await at.call(null, 'GET', at.threadOf(APP))).status).toBe(401)
    expect(await at.does('mia', 'comments', { words: 'Hello.' }, FOREIGN_APP)).toBe('enrolment.forbidden')
    // Below the addresses: the partner's own transaction holds no row of it.
    const { mia } = at.people
    const organisation = await at.machine(
      async (unit) =>
        (
          await unit.sql
            .selectFrom('membership')
            .select('organisation_id')
            .where('person_id', '=', mia ?? '')
            .executeTakeFirstOrThrow()
        ).organisation_id,
    )
    const seen = await opened.database.within(
      { marketplace: 'main', party: { kind: 'partner', organisation, person: mia ?? '' } },
      async (unit) => ({
        threads: (await unit.documents.list('applications.threads')).map(({ key }) => key),
        events: (await unit.log.stream(`application/harbour.gold/${FOREIGN_APP}`)).length,
        words: (await unit.sql.selectFrom('evidence').select('subject').where('kind', '=', 'thread-words').execute()).filter(
          ({ subject }) => subject === FOREIGN_APP,
        ).length,
      }),
    )
    expect(seen).toEqual({ threads: [`harbour.gold/${APP}`], events: 0, words: 0 })
  })

  it('what the operator’s people note among themselves never reaches the partner: not its words, nor that it is there', async () => {
    const before = await at.version()
    expect((await at.call('ann', 'POST', `${at.threadOf(APP)}/notes`, { words: NOTE, mentions: [at.people['bob']] })).status).toBe(200)
    expect((await at.call('ann', 'GET', `${at.threadOf(APP)}/notes`)).body).toContain(NOTE)
    expect((await at.call('viv', 'GET', `${at.threadOf(APP)}/notes`)).body).toContain(NOTE)
    expect((await at.call('mia', 'GET', `${at.threadOf(APP)}/notes`)).status).toBe(403)
    // Whoever belongs to both stands on the partner's side.
    expect((await at.call('zoe', 'GET', `${at.threadOf(APP)}/notes`))['code']).toBe('applications.involved')
    expect((await at.call('zoe', 'POST', `${at.threadOf(APP)}/notes`, { words: 'x' }))['code']).toBe('applications.involved')
    expect((await at.call('zoe', 'GET', `/apps/${APP}/applications/harbour/gold`)).body).not.toContain('between us')
    expect(await at.version()).toBe(before)
    for (const path of [at.threadOf(APP), `/apps/${APP}/applications/harbour/gold`]) {
      const { body } = await at.call('mia', 'GET', path)
      expect(body).toMatch(/gold/i)
      expect(body).not.toContain('between us')
      expect(body).not.toContain('Among the operator')
    }
    const { mia } = at.people
    const organisation = await at.machine(
      async (unit) =>
        (
          await unit.sql
            .selectFrom('membership')
            .select('organisation_id')
            .where('person_id', '=', mia ?? '')
            .executeTakeFirstOrThrow()
        ).organisation_id,
    )
    const seen = await opened.database.within(
      { marketplace: 'main', party: { kind: 'partner', organisation, person: mia ?? '' } },
      async (unit) => ({
        events: (await unit.log.stream(`application-notes/harbour.gold/${APP}`)).length,
        words: JSON.stringify(await unit.sql.selectFrom('evidence').selectAll().execute()).includes('between us'),
      }),
    )
    expect(seen).toEqual({ events: 0, words: false })
    // A note can name the operator's own people only.
    expect((await at.call('ann', 'POST', `${at.threadOf(APP)}/notes`, { words: 'x', mentions: [at.people['mia']] }))['code']).toBe(
      'applications.stranger',
    )
  })

  it('words are nowhere in the log', async () => {
    const secret = 'Please ask Jane Doe, +49 30 1234567.'
    expect(await at.does('mia', 'comments', { words: secret })).toBe('triage')
    const log = await at.machine(async (unit) => JSON.stringify(await unit.log.after(0, 10_000)))
    for (const text of ['Jane Doe', 'between us', 'A secret of the other partner']) expect(log).not.toContain(text)
    // What was written is erased where it lies; the thread says so, and the chain still holds.
    await at.machine(async (unit) => {
      const rows = await unit.sql.selectFrom('evidence').selectAll().where('kind', '=', 'thread-words').execute()
      const row = rows.find(({ body }) => JSON.stringify(body).includes('Jane Doe'))
      await unit.sql
        .updateTable('evidence')
        .set({ body: null, erased_at: clock.now() })
        .where('evidence_id', '=', row?.evidence_id ?? '')
        .execute()
    })
    const entries = (await at.read('mia'))['entries'] as readonly { readonly words: string | null; readonly erased: boolean }[]
    expect(entries.filter(({ erased }) => erased)).toEqual([expect.objectContaining({ words: null })])
    expect((await at.call('mia', 'GET', `/apps/${APP}/applications/harbour/gold`)).body).toContain('These words were erased.')
  })

  it('hostile words are kept as words and shown as text', async () => {
    const nasty = '<script>alert(1)</script> \u202Eevil\n'.repeat(300)
    expect(await at.does('mia', 'comments', { words: nasty })).toBe('triage')
    expect(await at.does('mia', 'comments', { words: 'line\n'.repeat(10_000) })).toBe('applications.too_long')
    // Half of a character is nothing that can be kept; the border says so before anything else.
    expect(await at.does('mia', 'comments', { words: 'half \uD83D' })).toBe('http.bad_text')
    const { body, status } = await at.call('ann', 'GET', `/apps/${APP}/applications/harbour/gold`)
    expect(status).toBe(200)
    expect(body).not.toContain('<script>')
    expect(body).not.toContain('\u202E')
    expect(body).toContain('A long text: 300 lines')
    expect(body).not.toMatch(/<[^>]+ (on\w+|style)=/)
  })

  it('people are named only when they belong to the case, and get a mail of their own', async () => {
    expect(await at.does('mia', 'comments', { words: 'Look.', mentions: [at.people['oto']] })).toBe('applications.stranger')
    expect(await at.does('mia', 'comments', { words: 'Look.', mentions: ['per_nobody'] })).toBe('applications.stranger')
    expect(await at.does('mia', 'comments', { words: 'Look.', mentions: [at.people['ann'], at.people['ann'], at.people['max']] })).toBe(
      'triage',
    )
    const owed = await at.machine((unit) =>
      unit.sql.selectFrom('delivery').select(['destination', 'params']).where('code', '=', 'applications.mentioned').execute(),
    )
    expect(owed.map(({ destination }) => destination).sort()).toEqual(
      ['ann', 'bob', 'max'].map((name) => `person:${at.people[name] ?? ''}`).sort(),
    )
    expect(JSON.stringify(owed)).not.toContain('Look.')
  })

  it('evidence comes back as the bytes that were brought, saved and never shown, to those who may read it', async () => {
    expect(await attach('mia', { name: 'po\u202Elicy"\r\n.html', requirement: 'base', valid_until: '2026-01-03' })).toBe('triage')
    const [file] = await files()
    expect(file).toMatchObject({
      name: 'policy".html',
      provenance: 'evidence-linked',
      revision: 1,
      type: 'text/plain',
      bytes: 11,
      expired: false,
    })
    const got = await bytesOf('ann', file?.attachment ?? '')
    expect(got.body).toBe('Our policy.')
    expect(got.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="policy.txt"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
    })
    for (const who of ['oto', null]) expect((await bytesOf(who, file?.attachment ?? '')).status).toBe(who === null ? 401 : 403)
    expect((await bytesOf('mia', 'constructor')).status).toBe(404)
  })

  it.each([
    ['no base64', { content: 'a b' }, 'applications.bad_file'],
    ['a ZIP', { content: Buffer.from([0x50, 0x4b, 3, 4, 0, 0]).toString('base64') }, 'applications.bad_file'],
    ['nothing', { content: '' }, 'applications.bad_file'],
    ['out of date already', { valid_until: '2025-01-01' }, 'applications.expired_file'],
    ['for a requirement that nobody asks', { requirement: 'no-such-rule' }, 'applications.no_such_requirement'],
    ['a revision of what is not there', { attachment: 'att_nothing' }, 'applications.no_such_attachment'],
    ['no day', { valid_until: 'soon' }, 'time.not_an_instant'],
  ])('evidence is refused: %s, and nothing of it is kept', async (_, given, code) => {
    const kept = () =>
      at.machine(
        async (unit) => (await unit.sql.selectFrom('evidence').select('evidence_id').where('kind', '=', 'thread-file').execute()).length,
      )
    const before = await kept()
    expect(await attach('mia', given)).toBe(code)
    expect(await kept()).toBe(before)
  })

  it('who vouches for it is said of every piece: the operator confirms what the partner brought, and a new revision has to be confirmed anew', async () => {
    const [file] = await files()
    const confirm = (who: string) => at.does(who, 'verified-attachments', { attachment: file?.attachment, provenance: 'operator-verified' })
    expect(await confirm('mia')).toBe('enrolment.forbidden')
    expect(await confirm('zoe')).toBe('applications.involved')
    expect(await confirm('ann')).toBe('triage')
    expect((await files())[0]).toMatchObject({ provenance: 'operator-verified' })
    expect(await attach('ann', { attachment: file?.attachment })).toBe('applications.not_yours')
    expect(await attach('mia', { attachment: file?.attachment, content: base64('Our newer policy.'), requirement: 'base' })).toBe('triage')
    expect((await files())[0]).toMatchObject({ provenance: 'evidence-linked', revision: 2 })
    expect(await attach('ann', { name: 'seen.txt', content: base64('I was there.') })).toBe('triage')
    expect((await files())[1]).toMatchObject({ provenance: 'witnessed' })
  })

  it('what is about the partner as a whole is taken over by its next app, with where it came from; nothing else is, and nothing of others', async () => {
    expect(await attach('mia', { name: 'iso.txt', content: base64('Certificate'), whole_partner: true, valid_until: '2027-01-01' })).toBe(
      'triage',
    )
    expect(await attach('oto', { name: 'theirs.txt', content: base64('Theirs'), whole_partner: true }, FOREIGN_APP)).toBe('triage')
    expect(await at.does('mia', 'apply', { standing_hash: await at.hash(SECOND) }, SECOND)).toBe('triage')
    const taken = await files(SECOND)
    expect(taken.map(({ name, provenance, from }) => [name, provenance, from])).toEqual([['iso.txt', 'inherited', APP]])
    expect((await bytesOf('mia', taken[0]?.attachment ?? '', SECOND)).body).toBe('Certificate')
    expect((await bytesOf('ann', taken[0]?.attachment ?? '', SECOND)).body).toBe('Certificate')
  })

  it('an approval on a standing that has moved is refused, and says what changed', async () => {
    const old = await at.hash(SECOND)
    const on = async (path: string, body: object) => at.does('ann', path, body, SECOND)
    expect(await on('accept', { seen: await at.version(SECOND) })).toBe('verification')
    await on('runs', { run: 'drill' })
    await on('run-results', { run: 'drill', result: 'passed', words: 'Fine.' })
    for (const component of ['hull', 'sails']) await on('checks', { component, result: 'met', standing_hash: await at.hash(SECOND) })
    await at.later(DAY_MS)
    expect(await on('finish-verification', { seen: await at.version(SECOND) })).toBe('review')
    await at.scan({ ...PASS, base: 'fail' }, SECOND)
    const refused = await at.call('ann', 'POST', `${at.threadOf(SECOND)}/approve`, {
      standing_hash: old,
      words: 'Good.',
      seen: await at.version(SECOND),
    })
    expect([refused.status, refused['code']]).toEqual([409, 'applications.standing_moved'])
    expect(refused['detail']).toContain('base was met and is unmet')
    // On the standing as it is, the badge's own rule refuses, and no approval is left behind.
    expect(await at.decides('ann', 'approve', {}, SECOND)).toBe('badges.not_met')
    expect((await at.read('mia', SECOND))['approvals']).toEqual([])
  })

  it('a due date that passed is told once to whose turn it is; the partner’s silence ends the application, the operator’s is a public figure', async () => {
    await at.later(7 * DAY_MS)
    await sweep(at.house)
    await sweep(at.house)
    const late = (await at.read('mia'))['turn'] as { side: string; overdue: boolean }
    expect(late).toMatchObject({ side: 'operator', overdue: true })
    expect(await at.does('ann', 'request-changes', { asked: [{ component: 'hull' }], words: 'Mend it.', seen: await at.version() })).toBe(
      'changes',
    )
    await at.later(7 * DAY_MS)
    await sweep(at.house)
    expect((await at.read('mia'))['state']).toBe('changes')
    await at.later(7 * DAY_MS)
    await sweep(at.house)
    expect((await at.read('mia'))['state']).toBe('lapsed')
    const reminders = (await at.machine((unit) => unit.log.stream(`application/harbour.gold/${APP}`))).filter(
      ({ type }) => type === 'applications.reminded',
    )
    expect(reminders.map(({ payload }) => payload['side'])).toEqual(['operator', 'partner'])
    const page = await at.call(null, 'GET', '/programmes/harbour')
    expect(page.body).toContain('How applications are handled')
    expect(page.body).toContain('1 of 1')
    expect(page.body).not.toContain(APP)
    // The same partner applies again on the same thread, and what it brought is still there.
    expect(await at.does('mia', 'apply', { standing_hash: await at.hash() })).toBe('triage')
    expect((await files()).length).toBe(3)
  })

  it('each side is owed a letter about what the other did, and its own due dates', async () => {
    await at.house.act({ kind: 'machine', name: 'test' }, 'deliver-due', {}, (desk) =>
      desk.sql.deleteFrom('delivery').where('marketplace_id', '=', 'main').execute(),
    )
    await at.later(0)
    expect(await at.does('ann', 'request-changes', { asked: [{ component: 'sails' }], words: 'Mend it.', seen: await at.version() })).toBe(
      'changes',
    )
    expect(await at.does('max', 'answer', { words: 'Mended.' })).toBe('triage')
    await gather(at.house, { kind: 'machine', name: 'test' })
    const owed = await at.machine((unit) => unit.sql.selectFrom('delivery').select(['destination', 'code']).execute())
    const to = (code: string): readonly string[] =>
      owed
        .filter((one) => one.code === code)
        .map(({ destination }) => Object.keys(at.people).find((name) => destination === `person:${at.people[name] ?? ''}`) ?? destination)
        .sort()
    expect(to('applications.changes_requested')).toEqual(['mia'])
    expect(to('applications.answered')).toEqual(['ann', 'bob', 'cat', 'zoe'])
  })

  it('with its programme an application ends; its thread stays readable', async () => {
    await at.tell({ stream: 'programme/harbour', subject: null, type: 'directory.programme_closed', payload: { programme: 'harbour' } })
    expect(await at.read('mia')).toMatchObject({ state: 'ended', turn: null })
    expect(await at.does('mia', 'apply', { standing_hash: '' })).toMatch(/^applications\./)
  })
})
