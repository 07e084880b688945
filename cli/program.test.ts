import type { Command, CommanderError } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { castellan } from './program.ts'

/** How a word too many, or one too few, leaves: by the one way that was given, with help, whatever the command. */
let told: string
beforeEach(() => {
  told = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

const ran = async (...words: readonly string[]): Promise<CommanderError | null> => {
  try {
    await castellan((error) => {
      throw error
    }).parseAsync(['node', 'castellan', ...words])
    return null
  } catch (error) {
    return error as CommanderError
  }
}
const paths = (command: Command): readonly (readonly string[])[] =>
  command.commands.flatMap((one) => [[one.name()], ...paths(one).map((path) => [one.name(), ...path])])

describe('wrong usage', () => {
  it.each(paths(castellan()).map((path) => [path.join(' ')]))(
    'of "%s" leaves by the given way, with a sentence and its help',
    async (path) => {
      const error = await ran(...path.split(' '), '--no-such-option')
      expect(error?.exitCode).toBe(1)
      // A required option that is missing is told before one that is unknown.
      expect(told).toMatch(/^error: (unknown option '--no-such-option'|required option )/)
      expect(told).toContain(`Usage: castellan ${path} `)
    },
  )
  it('of a word that is no command is told at the root', async () => {
    expect((await ran('nosuch'))?.exitCode).toBe(1)
    expect(told).toContain("error: unknown command 'nosuch'")
  })
})
