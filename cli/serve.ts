import { Command } from 'commander'
import { runMigrate, runServe } from '../server/src/main.ts'
import { SETTINGS } from '../server/src/platform/config.ts'

/** `castellan serve`: a marketplace of one's own. */
export const serveCommand = (): Command =>
  new Command('serve')
    .description('serves a marketplace, empty at first')
    .addHelpText('after', `\nSettings, from the environment:\n${settings()}`)
    .action(() => runServe(process.env))

/** `castellan migrate`: tables of a PostgreSQL, by their owner. */
export const migrateCommand = (): Command =>
  new Command('migrate')
    .description('brings the tables of the PostgreSQL at DATABASE_URL up to date; run it as their owner')
    .option('--serving-login <name>', 'login that serves, which is given the right to act as castellan_app and nothing else')
    .action((options: { readonly servingLogin?: string }) => runMigrate(process.env, options.servingLogin))

const settings = (): string =>
  Object.entries(SETTINGS)
    .map(([name, says]) => `  ${name.padEnd(16)} ${says}`)
    .join('\n')
