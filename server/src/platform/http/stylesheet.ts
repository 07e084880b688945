import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../crypto.ts'

/** The one stylesheet, read once when the program starts. */
export const STYLE: string = readFileSync(join(import.meta.dirname, '../../publishing/pages/style.css'), 'utf8')

/** Its address with a part of its hash: it may be cached for ever, and a new text has a new address. */
export const STYLE_HREF = `/style.css?v=${sha256(STYLE).slice('sha256:'.length, 'sha256:'.length + 12)}`
