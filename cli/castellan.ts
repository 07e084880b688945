import { isRefused } from '../server/src/kernel/refused.ts'
import { castellan } from './program.ts'

/** Exit codes follow sysexits where nothing else is said: 64 wrong usage, 69 not reachable, 70 a bug. */
const USAGE = 64
const BUG = 70

try {
  await castellan((error) => process.exit(error.exitCode === 0 ? 0 : USAGE)).parseAsync()
} catch (error) {
  if (isRefused(error)) {
    process.stderr.write(`${error.message}\n${error.where === undefined ? '' : `  at ${error.where}\n`}`)
    process.exitCode = USAGE
  } else {
    process.stderr.write(`A bug in Castellan: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exitCode = BUG
  }
}
