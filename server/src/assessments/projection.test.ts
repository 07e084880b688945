import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { everyAnswer, MODEL, openFormsMarket, OPENING_MS, type FormsMarket } from '../../test/forms.ts'
import { openEmbedded } from '../../test/storage.ts'
import { zip } from '../platform/zip.ts'
import { formInForce } from './answering.ts'
import { csvCell } from './projection.ts'

const TAB = 'privacy-and-security'
const QUESTIONS = 'partner-security-questionnaire'

describe('a cell of CSV', () => {
  it.each([
    ['plain', 'plain'],
    ['=HYPERLINK("https://evil.example")', `"'=HYPERLINK(""https://evil.example"")"`],
    ['+1', `"'+1"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['-2+3', `"'-2+3"`],
    ['a,b', '"a,b"'],
    ['two\nlines', '"two\nlines"'],
  ])('%j is written as %j', (text, cell) => expect(csvCell(text)).toBe(cell))
})

describe('an archive', () => {
  it('is read by others: names and bytes as they went in, twice the same', () => {
    const files = [
      { name: 'README.txt', text: 'Grüße\n' },
      { name: 'answers/empty.csv', text: '' },
    ]
    const bytes = zip(files)
    expect(zip(files)).toEqual(bytes)
    const folder = mkdtempSync(join(tmpdir(), 'castellan-zip-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'a.zip'), bytes)
    const script =
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2]); print(z.namelist())'
    const read = spawnSync('python3', ['-c', script, join(folder, 'a.zip'), join(folder, 'out')], { encoding: 'utf8' })
    expect([read.status, read.stderr]).toEqual([0, ''])
    for (const { name, text } of files) expect(readFileSync(join(folder, 'out', name), 'utf8')).toBe(text)
  })
})

describe('the same answers as others ask for them', () => {
  let market: FormsMarket
  beforeAll(async () => {
    market = await openFormsMarket(openEmbedded, '2026-11-24T12:00:00Z')
    await market.register('tides')
    await market.register('ebb')
  }, OPENING_MS)
  afterAll(() => market.close())
  const CAIQ = '/api/v1/apps/tides/questionnaires/caiq-lite'

  it('before anything is published every row says so, and none is made up', async () => {
    const { answered, rows, not_provided, not_asked } = (await market.call('GET', CAIQ, null)).json()
    expect([answered, not_provided + not_asked]).toEqual([0, rows.length])
    expect(rows.every((row: { readonly answer: string | null }) => row.answer === null)).toBe(true)
  })

  it('a buyer gets what is public, the partner all of it, and nobody else’s own', async () => {
    const { call } = market
    const tab = formInForce([MODEL], market.clock.now(), TAB)
    const hostile = {
      'security.permissionsJustification': '=cmd|calc!A1\n<script>alert(1)</script>',
      'thirdPartyInformation.isEndUserDataShared': false,
    }
    await call('PUT', `/api/v1/apps/tides/forms/${TAB}`, 'pia', everyAnswer(tab, hostile))
    expect((await call('POST', `/api/v1/apps/tides/forms/${TAB}/publish`, 'pia')).statusCode).toBe(200)
    const questions = formInForce([MODEL], market.clock.now(), QUESTIONS)
    await call('PUT', `/api/v1/partners/org_quay/forms/${QUESTIONS}`, 'pia', everyAnswer(questions))
    await call('POST', `/api/v1/partners/org_quay/forms/${QUESTIONS}/publish`, 'pia')

    const rowOf = (body: { readonly rows: readonly { readonly id: string }[] }, id: string) => body.rows.find((row) => row.id === id)
    const open = (await call('GET', CAIQ, null)).json()
    expect(rowOf(open, 'CEK-03')).toMatchObject({ state: 'answered', answer: 'yes', source: { form: TAB, origin: { from: 'app' } } })
    // No sub-processor, says the tab: the row does not apply.
    expect(rowOf(open, 'DSP-14')).toMatchObject({ state: 'answered', answer: 'na' })
    // Answered to the operator alone: a buyer is told that it is not provided.
    expect(rowOf(open, 'IAM-14')).toMatchObject({ state: 'not_provided', answer: null })
    expect(rowOf(open, 'IVS-06')).toMatchObject({ state: 'not_asked' })
    const whole = (await call('GET', `${CAIQ}/whole`, 'pia')).json()
    expect(rowOf(whole, 'IAM-14')).toMatchObject({
      state: 'answered',
      answer: 'yes',
      source: { form: QUESTIONS, origin: { from: 'partner' } },
    })
    for (const who of ['eve', 'rob'] as const) expect([who, (await call('GET', `${CAIQ}/whole`, who)).statusCode]).toEqual([who, 403])
    expect((await call('GET', '/api/v1/apps/tides/security-pack/whole.zip', null)).statusCode).toBe(401)
    expect((await call('GET', '/api/v1/apps/tides/questionnaires/no-such', null)).statusCode).toBe(404)

    const csv = await call('GET', `${CAIQ}.csv`, null)
    expect(csv.headers['content-disposition']).toBe('attachment; filename="tides-caiq-lite.csv"')
    expect(csv.body).toContain('IAM-14,A second factor is required,Data not provided')
    expect(csv.body).toContain(`"'=cmd|calc!A1`)
  })

  it('the pack holds every form and questionnaire, and gives away nothing that is not public', async () => {
    const { rawPayload } = await market.call('GET', '/api/v1/apps/tides/security-pack.zip', null)
    const text = rawPayload.toString('latin1')
    for (const name of [
      'README.txt',
      'questionnaires/caiq-lite.csv',
      'questionnaires/caiq-lite.json',
      `answers/${TAB}.csv`,
      'certificates.csv',
    ]) {
      expect(text).toContain(name)
    }
    expect(text).not.toContain(QUESTIONS)
    const whole = (await market.call('GET', '/api/v1/apps/tides/security-pack/whole.zip', 'pia')).rawPayload.toString('latin1')
    expect(whole).toContain(`answers/${QUESTIONS}.csv`)
  })

  it('round trip: what one app says, taken out and put into another, says the same in every questionnaire', async () => {
    const { call } = market
    const { answers } = (await call('GET', `/api/v1/apps/tides/answers/${TAB}`, null)).json()
    expect((await call('PUT', `/api/v1/apps/ebb/forms/${TAB}`, 'pia', answers)).statusCode).toBe(200)
    await call('POST', `/api/v1/apps/ebb/forms/${TAB}/publish`, 'pia')
    expect((await call('GET', `/api/v1/apps/ebb/answers/${TAB}`, null)).json().answers).toEqual(answers)
    const strip = async (app: string) => (await call('GET', `/api/v1/apps/${app}/questionnaires/caiq-lite`, null)).json().rows
    expect(await strip('ebb')).toEqual(await strip('tides'))
  })
})

describe('the questionnaires of the model programme', () => {
  it('name fields that their forms have, and answers that these can have', () => {
    const rows = MODEL.policies.flatMap((policy) => (policy.kind === 'questionnaire' ? policy.rows : []))
    const unknown = rows.flatMap(({ id, from }) =>
      from.flatMap(({ form, field }) => {
        const fields = MODEL.forms
          .filter((one) => one.id === form)
          .flatMap(({ groups }) => groups.flatMap((group) => group.fields.map((one) => one.id)))
        return fields.includes(field) ? [] : [`${id}: ${form} ${field}`]
      }),
    )
    expect(rows.length).toBeGreaterThan(20)
    expect(unknown).toEqual([])
  })
})
