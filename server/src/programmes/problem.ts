/** A mistake in a pack: where, what, and what to do about it. */
export type Problem = {
  /** Path inside the pack's folder, with slashes. */
  readonly file: string
  /** The key in the file, `met_when.all_of[1].check`; empty for the file as a whole. */
  readonly path: string
  /** Line in the file, from 1; null where nobody knows. */
  readonly line: number | null
  readonly says: string
  readonly mend: string
}

/** A mistake as one line of text. */
export function problemInWords(problem: Problem): string {
  const place = problem.path === '' ? '' : ` at ${problem.path}`
  const line = problem.line === null ? '' : ` (line ${problem.line})`
  return `${problem.file}: ${problem.says}${place}${line}. ${problem.mend}`
}

/** Keys as people write them: `tiers[0]`, `met_when.slo.target`. */
export function pathInWords(path: readonly PropertyKey[]): string {
  let words = ''
  for (const key of path) {
    if (typeof key === 'number') words += `[${key}]`
    else words += words === '' ? String(key) : `.${String(key)}`
  }
  return words
}
