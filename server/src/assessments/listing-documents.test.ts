import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFormsMarket, OPENING_MS, type FormsMarket } from '../../test/forms.ts'
import { ENGINES } from '../../test/storage.ts'
import { story } from '../kernel/story.ts'
import { after, DAY_MS, instant } from '../kernel/time.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../standing/standings-view.ts'
import type { ListingDocumentEvent } from './events.ts'
import {
  allowedOfDocument,
  foundIn,
  listingDocument,
  textOfPage,
  type ListingDocumentCommand,
  type ListingDocumentState,
} from './listing-document.ts'
import { readListingDocuments } from './reading-documents.ts'

describe('the text of a page', () => {
  it('is what a reader reads: another menu, script or space is no other policy', () => {
    const plain = textOfPage('<h1>Privacy</h1><p>We collect &amp; keep names.</p>')
    expect(plain).toBe('Privacy We collect & keep names.')
    const dressed =
      '<nav><a href="/">New menu</a></nav><!-- 24 Nov --><script>var t = "<p>x</p>"</script>\n<h1>Privacy</h1>\t<p>We collect &amp; keep names.</p><footer>2027</footer>'
    expect(textOfPage(dressed)).toBe(plain)
  })
  it('is found in time on a page made to be slow', () => {
    for (const nasty of ['<'.repeat(200_000), '<script'.repeat(30_000), '<!--'.repeat(50_000)])
      expect(textOfPage(nasty).length).toBeLessThan(300_000)
  })
  it('says what its words say, in any case, and no more', () => {
    const says = [
      { id: 'collected', words: ['collect'] },
      { id: 'access', words: ['share', 'access to'] },
    ]
    expect(foundIn('We COLLECT names.', says)).toEqual(['collected'])
    expect(foundIn('', says)).toEqual([])
  })
})

describe('a document of a listing', () => {
  const now = instant(1_790_000_000_000)
  const of = { app: 'a', record: 'privacy-policy' }
  const given = (...facts: readonly ListingDocumentEvent[]) => story(listingDocument, now).given(...facts)
  const named: ListingDocumentEvent = { type: 'assessments.document_named', payload: { ...of, url: 'https://quay.example/p' } }
  const seen = (outcome: 'read' | 'dead' | 'shared', digest: `sha256:${string}`): ListingDocumentEvent => ({
    type: 'assessments.document_read',
    payload: { ...of, outcome, digest, says: [], dead_at: outcome === 'dead' ? after(now, DAY_MS) : null, evidence: [] },
  })
  const confirmed: ListingDocumentEvent = {
    type: 'assessments.document_confirmed',
    payload: { ...of, digest: 'sha256:1', reviewer: 'rob', state: 'published', evidence: [] },
  }
  const refused: ListingDocumentEvent = {
    type: 'assessments.document_refused',
    payload: { ...of, digest: 'sha256:1', reviewer: 'rob', evidence: [] },
  }
  const lost: ListingDocumentEvent = { type: 'assessments.document_lost', payload: { ...of, outcome: 'dead' } }
  const review = (act: 'confirm' | 'refuse', digest: string, of_the_partner = false): ListingDocumentCommand =>
    act === 'confirm'
      ? { ...of, do: act, by: 'sue', of_the_partner, digest, state: 'published', evidence: [] }
      : { ...of, do: act, by: 'sue', of_the_partner, digest, evidence: [] }

  it('is confirmed by its hash: not another text, and not by its partner', () => {
    expect(given(named, seen('read', 'sha256:1')).when(review('confirm', 'sha256:1')).events).toMatchObject([
      { payload: { digest: 'sha256:1' } },
    ])
    expect(given(named, seen('read', 'sha256:1')).when(review('confirm', 'sha256:2')).refused).toBe('assessments.answers_moved')
    expect(given(named, seen('read', 'sha256:1')).when(review('confirm', 'sha256:1', true)).refused).toBe('assessments.involved')
  })
  it('whose text changes is noticed and stays confirmed until somebody reads it; the old text back is confirmed as it was', () => {
    const changed = given(named, seen('read', 'sha256:1'), confirmed, seen('read', 'sha256:2'))
    expect(changed.state).toMatchObject({ status: 'changed', version: 2, confirmed: { digest: 'sha256:1' } })
    expect(given(named, seen('read', 'sha256:1'), confirmed, seen('dead', 'sha256:1'), seen('read', 'sha256:1')).state.status).toBe(
      'confirmed',
    )
  })
  it('whose address fails is lost when its time is over, and not before', () => {
    const facts = [named, seen('read', 'sha256:1'), confirmed, seen('dead', 'sha256:1')] as const
    expect(
      story(listingDocument, after(now, DAY_MS - 1))
        .given(...facts)
        .when({ ...of, do: 'lose' }).events,
    ).toEqual([])
    expect(
      story(listingDocument, after(now, DAY_MS))
        .given(...facts)
        .when({ ...of, do: 'lose' }).events,
    ).toEqual([lost])
  })

  const STATES = {
    none: [],
    named: [named],
    waiting: [named, seen('read', 'sha256:1')],
    unfit: [named, seen('dead', 'sha256:1')],
    confirmed: [named, seen('read', 'sha256:1'), confirmed],
    changed: [
      named,
      seen('read', 'sha256:0'),
      { ...confirmed, payload: { ...confirmed.payload, digest: 'sha256:0' } },
      seen('read', 'sha256:1'),
    ],
    refused: [named, seen('read', 'sha256:1'), refused],
    lost: [named, seen('dead', 'sha256:1'), lost],
  } as const satisfies Record<ListingDocumentState['status'], readonly ListingDocumentEvent[]>
  const COMMANDS = {
    name: { ...of, do: 'name', url: 'https://quay.example/q' },
    read: { ...of, do: 'read', look: { outcome: 'read', digest: 'sha256:9', says: [] }, evidence: [], dead_at: now },
    confirm: review('confirm', 'sha256:1'),
    refuse: review('refuse', 'sha256:1'),
    lose: { ...of, do: 'lose' },
  } as const satisfies Record<ListingDocumentCommand['do'], ListingDocumentCommand>
  it.each(Object.keys(STATES).flatMap((status) => Object.keys(COMMANDS).map((command) => [status, command] as const)))(
    'that is %s: %s passes exactly when the table allows it',
    (status, command) => {
      const so_far = given(...STATES[status as keyof typeof STATES])
      expect(so_far.state.status).toBe(status)
      const passes = (allowedOfDocument[status as keyof typeof STATES] as readonly string[]).includes(command)
      expect(so_far.when(COMMANDS[command as keyof typeof COMMANDS]).refused).toBe(passes ? null : 'assessments.wrong_state')
    },
  )
})

describe.each(ENGINES)('documents of listings, read from a real site, on $engine', ({ open }) => {
  let site: Server
  let market: FormsMarket
  let base: string
  const pages = new Map<string, string>()
  /** What our own network is known to be sound by. */
  let controls: readonly Server[]
  let network_is_sound = true
  const POLICY = '<h1>Privacy</h1><p>We collect names to show them. We use them for the board. Nobody else has access to them.</p>'

  beforeAll(async () => {
    site = createServer((request, response) => {
      const body = pages.get(request.url ?? '')
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(body ?? '')
    })
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    const target = `127.0.0.1:${(site.address() as AddressInfo).port}`
    base = `http://${target}`
    controls = await Promise.all(
      [1, 2].map(async () => {
        const server = createServer((request, response) => (network_is_sound ? response.end() : request.socket.destroy()))
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        return server
      }),
    )
    const known_good = controls.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`)
    market = await openFormsMarket(open, '2026-11-24T12:00:00Z', [target], known_good)
    await market.register('tides')
    await market.register('ebb')
    await market.register('flood', undefined, 'org_other')
  }, OPENING_MS)
  afterAll(async () => {
    await market.close()
    for (const server of [site, ...controls]) server.close()
  })

  const DOCUMENT = (app: string): string => `/api/v1/apps/${app}/documents/privacy-policy`
  const name = async (app: string, path: string, who: 'pia' | 'eve' = 'pia') =>
    (await market.call('PUT', DOCUMENT(app), who, { url: path.startsWith('http') ? path : base + path })).statusCode
  const read = async (app: string) => {
    const all = (await market.call('GET', `/api/v1/apps/${app}/documents`, 'rob')).json()
    return all.find((one: { readonly record: string }) => one.record === 'privacy-policy')
  }
  const verdict = (app: string) =>
    market.house.database.within({ marketplace: 'main', party: { kind: 'machine' } }, async (unit) => {
      const standing = await unit.documents.get<StandingDocument>(STANDINGS, standingKey('cloud-fortified', app))
      return standing?.verdicts.find(({ requirement }) => requirement === 'transparency.privacy-policy')?.verdict
    })
  const dayLater = (): void => market.clock.advance(DAY_MS)

  it('an address inside, without TLS or with a password is refused, and who may not name it names nothing', async () => {
    for (const wrong of [
      'http://127.0.0.1:1/x',
      'http://quay.example/p',
      'ftp://quay.example/p',
      'https://u:p@quay.example/p',
      'javascript:alert(1)',
      'x',
    ]) {
      expect([wrong, await name('tides', wrong)]).toEqual([wrong, 400])
    }
    expect((await market.call('PUT', DOCUMENT('tides'), 'eve', { url: `${base}/tides` })).statusCode).toBe(403)
    expect((await market.call('PUT', '/api/v1/apps/tides/documents/no-such', 'pia', { url: `${base}/tides` })).statusCode).toBe(404)
    // A name that leads inside is refused by the client when it is read, not before.
    expect(await name('tides', 'https://127.0.0.1/secret')).toBe(200)
    await readListingDocuments(market.house)
    expect(await read('tides')).toMatchObject({ status: 'unfit', outcome: 'dead', digest: null })
  })

  it('is read, found by words that are told, and confirmed by a person who read that text', async () => {
    pages.set('/tides', POLICY)
    expect(await name('tides', '/tides')).toBe(200)
    expect(await readListingDocuments(market.house)).toBe(1)
    const document = await read('tides')
    expect(document).toMatchObject({ status: 'waiting', outcome: 'read', says: ['collected', 'used', 'access'], version: 1 })
    const page = (await market.call('GET', '/apps/tides/documents', 'rob')).body
    expect(page).toContain('What is collected')
    expect(page).toContain('looked for: collect')
    for (const who of ['pia', 'vic'] as const) {
      expect(
        (await market.call('POST', `${DOCUMENT('tides')}/review`, who, { decision: 'confirm', digest: document.digest })).statusCode,
      ).toBe(403)
    }
    expect(
      (await market.call('POST', `${DOCUMENT('tides')}/review`, 'rob', { decision: 'confirm', digest: document.digest })).statusCode,
    ).toBe(200)
    expect(await verdict('tides')).toBe('met')
  })

  it('another text is noticed the next day, and does not undo what was confirmed', async () => {
    // Not before its time: the same day it is not read again.
    pages.set('/tides', `${POLICY}<p>We now also keep mail addresses.</p>`)
    expect(await readListingDocuments(market.house)).toBe(0)
    dayLater()
    expect(await readListingDocuments(market.house)).toBe(1)
    expect(await read('tides')).toMatchObject({ status: 'changed', version: 2 })
    expect(await verdict('tides')).toBe('met')
    // The decision names the text that it is about.
    const old = { decision: 'confirm', digest: `sha256:${'0'.repeat(64)}` }
    expect((await market.call('POST', `${DOCUMENT('tides')}/review`, 'rob', old)).statusCode).toBe(409)
  })

  it('a text that another app of the same partner has counts for neither; who copies another partner’s takes nothing from it', async () => {
    market.clock.advance(60_000)
    pages.set('/flood', pages.get('/tides') ?? '')
    expect(await name('flood', '/flood', 'eve')).toBe(200)
    await readListingDocuments(market.house)
    expect(await read('flood')).toMatchObject({ status: 'lost', outcome: 'shared' })
    dayLater()
    await readListingDocuments(market.house)
    expect(await read('tides')).toMatchObject({ status: 'changed', outcome: 'read' })
    expect(await verdict('tides')).toBe('met')

    pages.set('/ebb', pages.get('/tides') ?? '')
    await name('ebb', '/ebb')
    await readListingDocuments(market.house)
    expect(await read('ebb')).toMatchObject({ outcome: 'shared' })
    dayLater()
    await readListingDocuments(market.house)
    expect(await read('tides')).toMatchObject({ status: 'lost', outcome: 'shared' })
    expect(await verdict('tides')).toBe('unmet')
  })

  it('the home page is no policy, under whatever address', async () => {
    pages.set('/', '<p>Welcome. We collect stars.</p>')
    pages.set('/privacy', '<p>Welcome. We collect stars.</p>')
    await name('ebb', '/')
    await readListingDocuments(market.house)
    expect(await read('ebb')).toMatchObject({ outcome: 'home' })
    await name('ebb', '/privacy')
    await readListingDocuments(market.house)
    expect(await read('ebb')).toMatchObject({ outcome: 'home' })
  })

  it('an address that fails counts after as long as the pack says, not a look earlier', async () => {
    pages.set('/tides', `${POLICY}<p>Of its own.</p>`)
    await name('tides', '/tides?v=2')
    pages.set('/tides?v=2', `${POLICY}<p>Of its own.</p>`)
    await readListingDocuments(market.house)
    const { digest } = await read('tides')
    await market.call('POST', `${DOCUMENT('tides')}/review`, 'rob', { decision: 'confirm', digest })
    expect(await verdict('tides')).toBe('met')
    pages.delete('/tides?v=2')
    dayLater()
    await readListingDocuments(market.house)
    expect(await read('tides')).toMatchObject({ status: 'unfit', outcome: 'dead', digest })
    market.clock.advance(3 * DAY_MS - 1_000)
    await readListingDocuments(market.house)
    expect(await verdict('tides')).toBe('met')
    market.clock.advance(2_000)
    // Its time is over in an outage of ours: nobody saw it fail, so nothing is lost.
    network_is_sound = false
    expect(await readListingDocuments(market.house)).toBe(0)
    expect([(await read('tides')).status, await verdict('tides')]).toEqual(['unfit', 'met'])
    network_is_sound = true
    await readListingDocuments(market.house)
    expect(await read('tides')).toMatchObject({ status: 'lost' })
    expect(await verdict('tides')).toBe('unmet')
  })

  it('an outage of ours is nobody’s failing address, however long it lasts, and the page is read as soon as it is over', async () => {
    pages.set('/tides?v=3', `${POLICY}<p>Of its own again.</p>`)
    await name('tides', '/tides?v=3')
    await readListingDocuments(market.house)
    const { digest } = await read('tides')
    await market.call('POST', `${DOCUMENT('tides')}/review`, 'rob', { decision: 'confirm', digest })
    pages.delete('/tides?v=3')
    network_is_sound = false
    for (let day = 0; day < 5; day++) {
      dayLater()
      await readListingDocuments(market.house)
    }
    expect([(await read('tides')).status, await verdict('tides')]).toEqual(['confirmed', 'met'])
    pages.set('/tides?v=3', `${POLICY}<p>Of its own again.</p>`)
    network_is_sound = true
    expect(await readListingDocuments(market.house)).toBeGreaterThan(0)
    expect([(await read('tides')).status, await verdict('tides')]).toEqual(['confirmed', 'met'])
  })
})
