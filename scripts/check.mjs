// Everything that must hold before a change lands, in one command: `npm run check` (which is what `npm test` runs).
// Steps run one after the other; all of them run even when one fails, so that one look shows all there is to mend.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = (path) => join(root, 'node_modules', path)
const out = mkdtempSync(join(tmpdir(), 'castellan-check-'))
const results = join(out, 'vitest.json')

/** The steps, and what each runs under this Node. */
const STEPS = [
  { name: 'format', args: [bin('oxfmt/bin/oxfmt'), '--check', '.'] },
  { name: 'lint', args: [bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'types', args: [bin('typescript/bin/tsc'), '-p', '.'] },
  { name: 'dead code', args: [bin('knip/bin/knip.js'), '--no-progress'] },
  { name: 'tests', args: [bin('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`] },
]

let passed = 0
let failed = 0
let skipped = 0
for (const { name, args } of STEPS) {
  const started = performance.now()
  process.stdout.write(`\n— ${name}\n`)
  const done = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const ok = done.status === 0
  process.stdout.write(`${ok ? 'ok' : 'FAILED'}: ${name} (${seconds} s)\n`)
  if (name !== 'tests') {
    if (ok) passed++
    else failed++
    continue
  }
  const counts = readCounts(ok)
  passed += counts.passed
  failed += counts.failed
  skipped += counts.skipped
}
rmSync(out, { recursive: true, force: true })
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
process.exitCode = failed === 0 ? 0 : 1

/** The runner's own counts; a run that failed without a failing test (a crash, an unhandled error) counts as one failure. */
function readCounts(ok) {
  const report = readReport(results)
  if (report === null) return { passed: 0, failed: 1, skipped: 0 }
  const counted = countsOf(report)
  if (ok) return counted
  const crashed = report.testResults.filter(isCrash)
  // One file whose process was ended by a signal, and nothing else wrong: see below.
  if (report.numFailedTests === 0 && report.numFailedTestSuites === 1 && crashed.length === 1) return runAgain(counted, crashed[0])
  return counted.failed === 0 ? { ...counted, failed: 1 } : counted
}

function countsOf(report) {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numFailedTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** A file that failed though none of its tests and hooks did: its process is gone, and whatever it had not answered is still pending. */
function isCrash({ status, message, assertionResults }) {
  const answers = assertionResults.map((one) => one.status)
  return status === 'failed' && (message ?? '') === '' && !answers.includes('failed') && answers.includes('pending')
}

/**
 * A process that a signal ended (a fault in the runtime's own machine code) has answered nothing about the product. Its file is
 * run once more, said aloud; a second crash, a failing test or two such files in one run are failures like any other.
 */
function runAgain(counted, { name, assertionResults }) {
  process.stdout.write(`\nThe process that ran ${name} was ended by a signal before its tests had answered. It is run once more.\n`)
  const again = join(out, 'again.json')
  const args = [bin('vitest/vitest.mjs'), 'run', name, '--reporter=default', '--reporter=json', `--outputFile.json=${again}`]
  const done = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  const report = readReport(again)
  if (report === null) return { ...counted, failed: 1 }
  const second = countsOf(report)
  const before = (status) => assertionResults.filter((one) => one.status === status).length
  const failed = done.status !== 0 && second.failed === 0 ? 1 : second.failed
  return {
    passed: counted.passed - before('passed') + second.passed,
    failed,
    skipped: counted.skipped - before('skipped') + second.skipped,
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    process.stdout.write(`the tests left no result: ${String(error)}\n`)
    return null
  }
}
