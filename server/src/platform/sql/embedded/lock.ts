import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Refused } from '../../../kernel/refused.ts'

/**
 * Holds a data directory for the life of the process. Two engines on one directory corrupt it, and upstream has no lock.
 * An exclusive transaction on a small SQLite file is a lock that the operating system frees when the process dies, kill -9
 * included, without a native module.
 */
export function holdDirectory(directory: string): { release: () => void } {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = new DatabaseSync(join(directory, 'in-use.sqlite'))
  try {
    file.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch (error) {
    file.close()
    throw new Refused(
      'data.in_use',
      `${directory} is in use by another Castellan. Stop that one first, or give this one a directory of its own with CASTELLAN_DATA. (${error instanceof Error ? error.message : String(error)})`,
      directory,
    )
  }
  return { release: () => file.close() }
}
