/** JSON as strangers write it: where it is broken, where it holds what no storage can keep, where two readers would differ. */

/** What the parser said of a text that is not JSON, and the line and column: V8 tells the place of some mistakes only. */
export function mistakeIn(text: string, error: unknown): { readonly told: string; readonly where: string } {
  const told = error instanceof Error ? error.message : String(error)
  return { told, where: lineAndColumn(text, firstMistake(text)) }
}

/** A string, a number, a word or a mark of JSON (RFC 8259) after blanks; each class of a string in one run, so that no stack grows. */
const TOKEN =
  // oxlint-disable-next-line no-control-regex -- a string of JSON may hold no control character
  /[\t\n\r ]*(?:("[^"\\\0-\x1f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\0-\x1f]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|true\b|false\b|null\b)|([{}[\],:]))/y

/** Where a text stops being JSON: the position of the first token that may not stand there. */
function firstMistake(text: string): number {
  const open: ('{' | '[')[] = []
  let awaited: 'value' | 'name' | 'colon' | 'next' = 'value'
  let fresh = false
  const token = new RegExp(TOKEN)
  for (;;) {
    const from = token.lastIndex
    const [whole = null, string, literal, mark] = token.exec(text) ?? []
    const at = whole === null ? from + (/^[\t\n\r ]*/.exec(text.slice(from))?.[0].length ?? 0) : token.lastIndex - whole.trimStart().length
    if (whole === null || (open.length === 0 && awaited === 'next')) return at
    const inside = open.at(-1)
    if (awaited === 'value' && (mark === '{' || mark === '[')) {
      open.push(mark)
      awaited = mark === '{' ? 'name' : 'value'
      fresh = true
      continue
    }
    const ends = (awaited === 'next' || fresh) && mark === (inside === '{' ? '}' : ']') && inside !== undefined
    if (ends) {
      open.pop()
      awaited = 'next'
    } else if (awaited === 'value' && (string ?? literal) !== undefined) awaited = 'next'
    else if (awaited === 'name' && string !== undefined) awaited = 'colon'
    else if (awaited === 'colon' && mark === ':') awaited = 'value'
    else if (awaited === 'next' && mark === ',') awaited = inside === '{' ? 'name' : 'value'
    else return at
    fresh = false
  }
}

/** A place in a text, as people count. */
export function lineAndColumn(text: string, position: number): string {
  const before = text.slice(0, position).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

/** Why a value cannot be kept, with the JSON pointer of the place. */
export type Unsound = { readonly why: 'deep' | 'text'; readonly at: string }

/**
 * The first place that nests too deep, or whose text has no form in UTF-8 (half of a character) or in a database (NUL);
 * null when there is none.
 */
export function unsoundAt(value: unknown, deepest: number, at = ''): Unsound | null {
  if (typeof value === 'string') return isSound(value) ? null : { why: 'text', at }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return null
  if (deepest < 0) return { why: 'deep', at }
  for (const [name, member] of Object.entries(value)) {
    const place = `${at}/${pointerToken(name.toWellFormed())}`
    const found: Unsound | null = isSound(name) ? unsoundAt(member, deepest - 1, place) : { why: 'text', at: place.replaceAll('\0', '') }
    if (found !== null) return found
  }
  return null
}

const isSound = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

/** A JSON pointer token (RFC 6901, section 3). */
const pointerToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** Names of members that one object has twice, of which JSON.parse keeps the last and other readers the first. The text has to be JSON. */
export function repeatedMembers(text: string): readonly string[] {
  const repeated = new Set<string>()
  const open: (Set<string> | null)[] = []
  for (const { 0: token, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(null)
    else if (token === '}' || token === ']') open.pop()
    else {
      const names = open.at(-1)
      // A string with a colon behind it is a name.
      if (names === undefined || names === null || !/^\s*:/.test(text.slice(index + token.length, index + token.length + LONGEST_GAP)))
        continue
      const name = JSON.parse(token) as string
      if (names.has(name)) repeated.add(name)
      names.add(name)
    }
  }
  return [...repeated]
}

/** Blanks between a name and its colon; nobody writes more. */
const LONGEST_GAP = 100
