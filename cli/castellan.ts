import { Command } from 'commander'
import { isRefused } from '../server/src/kernel/refused.ts'
import { VERSION } from '../server/src/version.ts'
import { adminLinkCommand } from './admin-link.ts'
import { checkCommand } from './check.ts'
import { demoCommand } from './demo.ts'
import { explainCommand } from './explain.ts'
import { programmeCommand } from './programme.ts'
import { migrateCommand, serveCommand } from './serve.ts'
import { simulateCommand } from './simulate.ts'
import { sloCommand } from './slo.ts'

/** Exit codes follow sysexits where nothing else is said: 64 wrong usage, 69 not reachable, 70 a bug. */
const USAGE = 64
const BUG = 70

const program = new Command('castellan')
  .description(
    'Runs a marketplace’s app trust programme: watches every app, explains every verdict, and grants and withdraws a badge that anyone can check.',
  )
  .version(VERSION)
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE))
  .addCommand(checkCommand())
  .addCommand(serveCommand())
  .addCommand(migrateCommand())
  .addCommand(adminLinkCommand())
  .addCommand(explainCommand())
  .addCommand(programmeCommand())
  .addCommand(demoCommand())
  .addCommand(simulateCommand())
  .addCommand(sloCommand())

try {
  await program.parseAsync()
} catch (error) {
  if (isRefused(error)) {
    process.stderr.write(`${error.message}\n${error.where === undefined ? '' : `  at ${error.where}\n`}`)
    process.exitCode = USAGE
  } else {
    process.stderr.write(`A bug in Castellan: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exitCode = BUG
  }
}
