import { Command, type CommanderError } from 'commander'
import { VERSION } from '../server/src/version.ts'
import { adminLinkCommand } from './admin-link.ts'
import { checkCommand } from './check.ts'
import { demoCommand } from './demo.ts'
import { explainCommand } from './explain.ts'
import { measurementsCommand } from './measurements.ts'
import { programmeCommand } from './programme.ts'
import { logCommand } from './log.ts'
import { migrateCommand, serveCommand } from './serve.ts'
import { simulateCommand } from './simulate.ts'
import { sloCommand } from './slo.ts'

/**
 * The command line: every command with its words, arguments and help. What a command does is loaded when it is run.
 * `leave` is called for wrong usage and after help; the default leaves the process as commander does.
 */
export function castellan(leave?: (error: CommanderError) => never): Command {
  const program = new Command('castellan')
    .description(
      'Runs a marketplace’s app trust programme: watches every app, explains every verdict, and grants and withdraws a badge that anyone can check.',
    )
    .version(VERSION)
    .addCommand(checkCommand())
    .addCommand(serveCommand())
    .addCommand(migrateCommand())
    .addCommand(adminLinkCommand())
    .addCommand(explainCommand())
    .addCommand(logCommand())
    .addCommand(programmeCommand())
    .addCommand(demoCommand())
    .addCommand(simulateCommand())
    .addCommand(sloCommand())
    .addCommand(measurementsCommand())
  // Commands that are added do not inherit how their parent tells of wrong usage.
  for (const command of [program, ...beneath(program)]) {
    command.showHelpAfterError()
    if (leave !== undefined) command.exitOverride(leave)
  }
  return program
}

const beneath = (command: Command): readonly Command[] => command.commands.flatMap((one) => [one, ...beneath(one)])
