/** A source file as the architecture's tests look at it. */
export type Source = {
  /** Inside server/src, with slashes. */
  readonly path: string
  readonly text: string
  /** Its lines without comments and without the insides of texts, numbered as in the file. */
  readonly code: readonly string[]
  readonly imports: readonly { readonly specifier: string; readonly types_only: boolean; readonly line: number }[]
}

/** Reads a source. */
export function sourceOf(path: string, text: string): Source {
  const code = bare(text, 'texts too')
  const withTexts = bare(text, 'comments only')
  const imports = [...withTexts.matchAll(IMPORT)].flatMap((found) => {
    const [whole, , clause, from, direct] = found
    const specifier = from ?? direct
    if (specifier === undefined) return []
    const end = (found.index ?? 0) + whole.length
    return [{ specifier, types_only: clause !== undefined && onlyTypes(clause), line: withTexts.slice(0, end).split('\n').length }]
  })
  return { path, text, code: code.split('\n'), imports }
}

/** `import … from '…'`, `export … from '…'`, `import '…'` and `import('…')`. */
const IMPORT = /(?:^|[\n;])\s*(import|export)\s+([\w*{}\s,$]*?)\s*from\s*'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g

/** True for `import type …` and for `import { type A, type B }`: nothing of it is there when the program runs. */
function onlyTypes(clause: string): boolean {
  if (/^type\b/.test(clause.trim())) return true
  const names = /^\{([^}]*)\}$/.exec(clause.trim())?.[1]
  if (names === undefined) return false
  const parts = names.split(',').map((part) => part.trim())
  return parts.filter((part) => part !== '').every((part) => part.startsWith('type '))
}

/**
 * The source with comments blanked, and with the insides of texts too when asked. Line breaks stay. It knows quotes,
 * templates and regular expressions well enough for code that is formatted by one tool.
 */
function bare(text: string, what: 'comments only' | 'texts too'): string {
  const TOKEN =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[=(,:[!&|?{};]\s*|^\s*|return\s)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/gm
  return text.replaceAll(TOKEN, (token) => {
    if (token.startsWith('/*') || token.startsWith('//')) return blank(token)
    if (what === 'comments only') return token
    // Inside a template stands code as well; keep that.
    if (token.startsWith('`')) return token.replaceAll(/\$\{[^}]*\}|[^\n`]/g, (part) => (part.length > 1 ? part : ' '))
    return token[0] + blank(token.slice(1, -1)) + token.at(-1)
  })
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ')
