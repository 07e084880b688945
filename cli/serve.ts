import { Command } from 'commander'
import { SETTINGS } from '../server/src/platform/config.ts'

/** `castellan serve`: a marketplace of one's own. */
export const serveCommand = (): Command =>
  new Command('serve')
    .description('serves a marketplace, empty at first')
    .addHelpText('after', `\nSettings, from the environment:\n${settings()}`)
    .action(async () => (await program()).runServe(process.env))

/** `castellan migrate`: tables of a PostgreSQL, by their owner. */
export const migrateCommand = (): Command =>
  new Command('migrate')
    .description('brings the tables of the PostgreSQL at DATABASE_URL up to date; run it as their owner')
    .option('--serving-login <name>', 'login that serves, which is given the right to act as castellan_app and nothing else')
    .action(async (options: { readonly servingLogin?: string }) => (await program()).runMigrate(process.env, options.servingLogin))

/** Read when it is run: other commands, in a partner's CI, need no server. */
const program = () => import('../server/src/main.ts')

const settings = (): string =>
  Object.entries(SETTINGS)
    .map(([name, says]) => `  ${name.padEnd(16)} ${says}`)
    .join('\n')
