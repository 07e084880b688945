/** Files that came out of a sandbox, by name. */
export type Handed = { readonly files: ReadonlyMap<string, Buffer> }

const LONGEST_HEADER = 1_000
const MOST_FILES = 100
const LINE_END = 0x0a

/**
 * Reads what a sandbox hands out: a line `{"name", "bytes"}`, then that many bytes, again and again. It is a stranger's word:
 * what is too much ends the run by `over`, what is senseless is where reading stops.
 */
export function framesIn(
  limits: { readonly output_bytes: number; readonly file_bytes: number },
  over: () => void,
): { readonly take: (chunk: Buffer) => void; readonly end: () => Handed } {
  const files = new Map<string, Buffer>()
  const chunks: Buffer[] = []
  let taken = 0

  return {
    take(chunk) {
      taken += chunk.length
      if (taken > limits.output_bytes) {
        over()
        return
      }
      chunks.push(chunk)
    },
    end() {
      const whole = Buffer.concat(chunks)
      let at = 0
      while (at < whole.length && files.size < MOST_FILES) {
        const line_end = whole.indexOf(LINE_END, at)
        if (line_end === -1 || line_end - at > LONGEST_HEADER) break
        const header = headerIn(whole.subarray(at, line_end).toString())
        if (header === null || header.bytes > limits.file_bytes || line_end + 1 + header.bytes > whole.length) break
        at = line_end + 1 + header.bytes
        // The first file of a name counts, so that nothing said later takes back what was said.
        if (!files.has(header.name)) files.set(header.name, whole.subarray(line_end + 1, at))
      }
      return { files }
    },
  }
}

function headerIn(line: string): { readonly name: string; readonly bytes: number } | null {
  try {
    const read: unknown = JSON.parse(line)
    if (typeof read !== 'object' || read === null) return null
    const { name, bytes } = read as { readonly name?: unknown; readonly bytes?: unknown }
    if (typeof name !== 'string' || name.length > 300 || typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) return null
    return { name, bytes }
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
