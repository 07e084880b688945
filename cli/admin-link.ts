import { Command } from 'commander'
import { askServer } from './control.ts'

/** `castellan admin-link`: a way in for whoever owns the data directory. */
export const adminLinkCommand = (): Command =>
  new Command('admin-link')
    .description('prints a link that signs in the marketplace’s administrator: once, within 15 minutes')
    .action(async () => {
      const { link } = await askServer<{ readonly link: string }>('/control/admin-link', {})
      process.stdout.write(`${link}\n`)
    })
