import { describe, expect, it } from 'vitest'
import { questionsOf, reflectionsIn } from './inputs.ts'

const CANARY = 'https://scan-0a0a0a0a0a0a.example/'
const MARKER = `zqx7m0e"'<>`
const context = (body: string) => reflectionsIn(body, ['q'])[0]?.context ?? null

describe('questions', () => {
  it('are one for all parameters, and one more for those that lead back', () => {
    const [marked, led, more] = questionsOf('https://app.example/page?issue=1&returnUrl=%2Fhome', CANARY)
    expect(marked).toMatchObject({ kind: 'marker', parameters: ['issue', 'returnUrl'] })
    expect(new URL(marked?.url ?? '').searchParams.get('returnUrl')).toBe(`zqx7m1e"'<>`)
    expect(led).toMatchObject({ kind: 'canary', parameters: ['returnUrl'] })
    expect(new URL(led?.url ?? '').searchParams.get('issue')).toBe('1')
    expect(more).toBeUndefined()
  })

  it.each(['next', 'redirect_uri', 'returnTo', 'back', 'dest-url', 'url', 'continue', 'goto'])('%s leads back', (name) => {
    expect(questionsOf(`https://app.example/?${name}=1`, CANARY)).toHaveLength(2)
  })

  it.each(['issue', 'tour', 'refresh', 'user', 'curl', 'nextPageToken', 'content'])('%s does not', (name) => {
    expect(questionsOf(`https://app.example/?${name}=1`, CANARY)).toHaveLength(1)
  })
})

describe('a marker', () => {
  it.each<[string, string, ReturnType<typeof context>]>([
    ['in text, as it came', `<p>No ${MARKER} here</p>`, 'markup'],
    ['in text, with its quotes encoded alone', '<p>zqx7m0e&quot;&#39;<></p>', 'markup'],
    ['in text, encoded', '<p>zqx7m0e&quot;&#39;&lt;&gt;</p>', null],
    ['in text, with its quotes as they came and its brackets encoded', `<p>zqx7m0e"'&lt;&gt;</p>`, null],
    ['in a tag, as it came', `<input value="${MARKER}">`, 'attribute'],
    ['in a tag, with its brackets encoded alone', `<input value="zqx7m0e"'&lt;&gt;">`, 'attribute'],
    ['in a tag, encoded', '<input value="zqx7m0e&quot;&#39;&lt;&gt;">', null],
    ['in a script, as it came', `<script>var a = "${MARKER}"</script>`, 'script'],
    ['in a script, as JSON that forgets the bracket', `<script>var a = "zqx7m0e\\"'<>"</script>`, 'script'],
    ['in a script, as JSON with the bracket escaped', `<script>var a = "zqx7m0e\\"'\\u003c>"</script>`, null],
    ['after a script', `<script>1</script><p>zqx7m0e&quot;&#39;&lt;&gt;</p>`, null],
    ['in an address that is encoded', '<a href="?q=zqx7m0e%22%27%3C%3E">', null],
    ['safe once and not the other time', `<p>zqx7m0e&quot;</p><b>${MARKER}</b>`, 'markup'],
    ['nowhere', '<p>Hello</p>', null],
  ])('%s', (_, body, wanted) => expect(context(body)).toBe(wanted))

  it('says whose it is', () => {
    expect(reflectionsIn(`<p>zqx7m1e"'<></p>`, ['a', 'b'])).toEqual([{ parameter: 'b', context: 'markup' }])
    expect(reflectionsIn(`<p>zqx7m12e"'<></p>`, ['a', 'b'])).toEqual([])
  })

  it('is looked for in a hostile page within a moment', () => {
    const started = performance.now()
    context(`${'<script'.repeat(100_000)}${'zqx7m0e"<'.repeat(50_000)}`)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
