import { z } from 'zod'
import type { Guard } from '../../platform/net/guard.ts'
import type { JourneyRun, RunGiven } from '../run.ts'
import { runInSandbox, type SandboxLimits, type SandboxOutcome } from '../../platform/sandbox/bubblewrap.ts'

/** Playwright Test files, unchanged, in a real Chromium, behind walls. What comes out is a stranger's word and read as such. */

const SHOWN_CHARACTERS = 8_000
const MOST_TESTS = 100
const MOST_ATTACHMENTS = 6
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const ZIP = Buffer.from([0x50, 0x4b, 0x03, 0x04])

/** What Playwright's JSON reporter says, as far as it is used here. */
type Suite = { readonly specs?: readonly Spec[] | undefined; readonly suites?: readonly Suite[] | undefined }
type Spec = z.infer<typeof Spec>
const Spec = z.object({
  title: z.string(),
  tests: z.array(
    z.object({
      status: z.string(),
      results: z.array(
        z.object({
          status: z.string(),
          duration: z.number(),
          errors: z.array(z.object({ message: z.string().optional() })).default([]),
        }),
      ),
    }),
  ),
})
const Suite: z.ZodType<Suite> = z.object({
  specs: z.array(Spec).optional(),
  get suites() {
    return z.array(Suite).optional()
  },
})
const Report = z.object({
  suites: z.array(Suite),
  errors: z.array(z.object({ message: z.string().optional() })).default([]),
})

/** Runs Playwright Test files once. */
export async function runBrowser(
  files: { readonly [name: string]: string },
  given: RunGiven & { readonly guard: Guard; readonly browser: string | null; readonly limits?: SandboxLimits },
): Promise<JourneyRun> {
  const started = performance.now()
  const { base_url, variables, allows, guard, browser, signal, limits } = given
  const outcome = await runInSandbox(
    { files, base_url, variables, allows },
    { guard, browser, signal, ...(limits === undefined ? {} : { limits }) },
  )
  return { ...judged(outcome), duration_ms: Math.round(performance.now() - started) }
}

function judged(outcome: SandboxOutcome): Omit<JourneyRun, 'duration_ms'> {
  switch (outcome.kind) {
    case 'no-sandbox':
      return { outcome: 'inconclusive', reason: 'no_sandbox', told: { told: outcome.told.slice(0, SHOWN_CHARACTERS) }, attachments: [] }
    case 'stopped': {
      const told = { asked: outcome.asked.map((one) => ({ ...one })) }
      if (outcome.why === 'asked') return { outcome: 'inconclusive', reason: 'interrupted', told, attachments: [] }
      return { outcome: 'fail', reason: outcome.why === 'time' ? 'too_long' : 'too_much', told, attachments: [] }
    }
    case 'ran':
      return read(outcome)
  }
}

function read({ files, asked, full }: Extract<SandboxOutcome, { readonly kind: 'ran' }>): Omit<JourneyRun, 'duration_ms'> {
  const console_text = textIn(files.get('console.txt')).slice(0, SHOWN_CHARACTERS)
  const report = reportIn(textIn(files.get('result.json')))
  const tests = report === null ? [] : report.suites.flatMap(specsIn).slice(0, MOST_TESTS).map(testTold)
  const errors = report === null ? [] : report.errors.slice(0, 5).map(({ message = '' }) => plain(message))
  const told = { tests, errors, console: plain(console_text), asked: asked.map((one) => ({ ...one })), full }
  const attachments = attachmentsIn(files)
  if (report === null) return { outcome: 'inconclusive', reason: 'unreadable', told, attachments }
  if (full !== null) return { outcome: 'fail', reason: 'too_much', told, attachments }
  if (tests.some(({ outcome }) => outcome === 'failed')) return { outcome: 'fail', reason: 'test_failed', told, attachments }
  if (errors.length > 0) return { outcome: 'fail', reason: tests.length === 0 ? 'no_tests' : 'test_failed', told, attachments }
  if (!tests.some(({ outcome }) => outcome === 'passed')) return { outcome: 'fail', reason: 'no_tests', told, attachments }
  return { outcome: 'pass', reason: null, told, attachments }
}

function reportIn(text: string): z.infer<typeof Report> | null {
  try {
    return Report.safeParse(JSON.parse(text)).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null
    throw error
  }
}

const specsIn = (suite: Suite): readonly Spec[] => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specsIn)]

function testTold({ title, tests }: Spec): {
  readonly title: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly duration_ms: number
  readonly told: string | null
} {
  const results = tests.flatMap((test) => test.results)
  const skipped = tests.every(({ status }) => status === 'skipped')
  const passed = tests.every(({ status }) => status === 'expected' || status === 'skipped')
  const message = results.flatMap(({ errors }) => errors)[0]?.message
  return {
    title: title.slice(0, 200),
    outcome: skipped ? 'skipped' : passed ? 'passed' : 'failed',
    duration_ms: Math.round(results.reduce((sum, { duration }) => sum + duration, 0)),
    told: message === undefined ? null : plain(message).slice(0, 1_000),
  }
}

/** Pictures and traces, by what they are and not by what they are called. */
const attachmentsIn = (files: ReadonlyMap<string, Buffer>): JourneyRun['attachments'] =>
  [...files]
    .flatMap(([name, bytes]) => {
      const plain_name = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(-100)
      if (bytes.subarray(0, PNG.length).equals(PNG)) return [{ name: plain_name, media_type: 'image/png', bytes }]
      if (bytes.subarray(0, ZIP.length).equals(ZIP)) return [{ name: plain_name, media_type: 'application/zip', bytes }]
      return []
    })
    .slice(0, MOST_ATTACHMENTS)

const textIn = (bytes: Buffer | undefined): string => bytes?.toString('utf8') ?? ''

/** Without the colours that a terminal would show. */
// eslint-disable-next-line no-control-regex
const plain = (text: string): string => text.replaceAll(/\u001b\[[0-9;]*m/g, '')
