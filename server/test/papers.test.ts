import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { castellan } from '../../cli/program.ts'

/** What the papers say that can be looked up: links, paths and commands. A paper that is not true any more misleads more than none. */

const ROOT = join(import.meta.dirname, '../..')
const PAPERS = globSync(['*.md', 'docs/**/*.md', 'programmes/**/*.md', 'examples/*/README.md', 'bench/*.md'], { cwd: ROOT })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !path.includes('node_modules'))
  .sort()

const textOf = (paper: string): string => readFileSync(join(ROOT, paper), 'utf8')

/** What stands in code type: spans, and blocks line by line. */
function codeIn(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```(?:sh|bash|console)\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'))
  const spans = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
  return [...blocks, ...spans]
}

/** Where a path that a paper names may start: at the root, in the server, or beside the paper itself. */
const STARTS = ['', 'server/src', 'server']
const PLACE = /^(?:\.\/)?[\w@*{},.-]+(?:\/[\w@*{},.-]+)+\/?$/
const KNOWN = new Set(
  globSync(['*', 'server/*', 'server/src/*', 'docs/*'], { cwd: ROOT }).map((path) => path.split(/[\\/]/).at(-1) ?? path),
)

function placesIn(paper: string): readonly string[] {
  const named = codeIn(textOf(paper)).filter((code) => PLACE.test(code) && /\.(?:tsx?|mjs|md|ya?ml|json|sql|sh)$|\/$/.test(code))
  // `text/yaml` and `@scope/package` are no places of ours.
  return named.filter((code) => code.startsWith('*') || KNOWN.has(code.replace(/^\.\//, '').split('/')[0] ?? ''))
}

function isThere(place: string, paper: string): boolean {
  const path = place.replace(/^\.\//, '').replace(/\/$/, '')
  return [...STARTS, dirname(paper)].some((start) => {
    const whole = join(start, path)
    return existsSync(join(ROOT, whole)) || (/[*{]/.test(whole) && globSync(whole, { cwd: ROOT }).length > 0)
  })
}

describe.each(PAPERS)('%s', (paper) => {
  it('links to what is there', () => {
    const links = [...textOf(paper).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, to = '']) => to)
    expect(links.filter((to) => !existsSync(join(ROOT, dirname(paper), to)))).toEqual([])
  })
})

// A decision says what was so on its day and is never rewritten.
describe.each(PAPERS.filter((paper) => !paper.startsWith('docs/decisions/')))('%s', (paper) => {
  it('names places that are there', () => {
    expect(placesIn(paper).filter((place) => !isThere(place, paper))).toEqual([])
  })
})

describe('The assurance case', () => {
  const rows = textOf('docs/assurance-case.md')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  it.each(rows)('%s: names what holds it and a test', (claim, held = '', tested = '') => {
    expect(claim).not.toBe('')
    expect(held).toMatch(/`server\/[^`]+`/)
    expect([...tested.matchAll(/`(server\/[^`]+\.test\.tsx?)`/g)].length).toBeGreaterThan(0)
    expect(tested).not.toMatch(/^[,:]|[,:;]$/)
  })
  it('has claims at all', () => expect(rows.length).toBeGreaterThan(15))
})

describe('Commands', () => {
  const named = PAPERS.flatMap((paper) => codeIn(textOf(paper)).map((code) => ({ paper, code })))
  it('of castellan that papers name exist, with their second word where they have one', () => {
    const second = new Map(castellan().commands.map((command) => [command.name(), command.commands.map((one) => one.name())]))
    expect([...second.keys()]).toContain('serve')
    const wrong = named.flatMap(({ paper, code }) =>
      [...code.matchAll(/(?:^|[\s/])castellan ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/g)].flatMap(([whole, command = '', word]) => {
        const subcommands = second.get(command)
        const right = subcommands !== undefined && (subcommands.length === 0 || word === undefined || subcommands.includes(word))
        return right ? [] : [`${paper}: ${whole.trim()}`]
      }),
    )
    expect(wrong).toEqual([])
  })
  it('of npm that papers name are scripts', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: object }
    const asked = named.flatMap(({ paper, code }) =>
      [...code.matchAll(/(?:^|\s)npm (?:run )?(start|test|(?<=run )[a-z:-]+)/g)].map(([, script = '']) => ({ paper, script })),
    )
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([])
  })
})
