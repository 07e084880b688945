import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The version of this Castellan, as package.json says. */
export const VERSION = (JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { readonly version: string })
  .version
