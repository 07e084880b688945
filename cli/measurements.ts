import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { Refused } from '../server/src/kernel/refused.ts'

const FORMAT = `
The file holds JSON, one line for an indicator and a UTC day ("-" reads it from the standard input):
  {"measurements": [
    {"indicator": "admin-largest-contentful-paint", "day": "2026-11-23", "unit": "ms", "values": [1840, 2210, 3100]},
    {"indicator": "admin-interaction-to-next-paint", "day": "2026-11-23", "unit": "ms", "at_most": 200, "good": 912, "total": 1000},
    {"indicator": "checkout-success", "day": "2026-11-23", "good": 99812, "total": 99901}]}
The token comes from CASTELLAN_TOKEN and needs the scope measurements:write. Without --key the key is made from the figures,
so that the same file counts once however often it is sent. All of it is taken, or nothing.`

/** Where a server listens when nobody says otherwise. */
const USUAL_SERVER = 'http://127.0.0.1:4380'
const PATIENCE_MS = 30_000

type Options = { readonly server?: string; readonly key?: string; readonly json?: true }

/** `castellan measurements`: figures from the field. */
export const measurementsCommand = (): Command =>
  new Command('measurements').description('works with figures from the field').addCommand(
    new Command('send')
      .description('sends what real visits and calls of an app measured')
      .argument('<app>', 'its id, as in the directory')
      .argument('<file>', 'JSON')
      .option('--server <address>', `where the server is; else CASTELLAN_SERVER, else ${USUAL_SERVER}`)
      .option('--key <key>', 'under which the same figures are counted once')
      .option('--json', 'prints what the server answers')
      .addHelpText('after', FORMAT)
      .action(async (app: string, file: string, options: Options) => {
        const taken = await send(app, measurementsIn(textOf(file)), options)
        process.stdout.write(options.json === true ? `${JSON.stringify(taken)}\n` : inWords(app, taken))
      }),
  )

type Taken = { readonly repeated: boolean; readonly counts: number; readonly evidence: string; readonly reported_by: string }

async function send(app: string, measurements: readonly unknown[], { server, key }: Options): Promise<Taken> {
  const token = process.env['CASTELLAN_TOKEN'] ?? ''
  if (token === '') {
    const mend = 'put a token with the scope measurements:write into CASTELLAN_TOKEN; the account page of the server makes one'
    throw new Refused('measurements.no_token', `nobody says who sends this; ${mend}`)
  }
  const base = addressOf(server ?? process.env['CASTELLAN_SERVER'] ?? USUAL_SERVER)
  const body = { key: key ?? createHash('sha256').update(JSON.stringify(measurements)).digest('hex'), measurements }
  let answer: Response
  try {
    answer = await fetch(`${base}/api/v1/apps/${encodeURIComponent(app)}/measurements`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
      // A redirect would carry the token to wherever it points.
      redirect: 'error',
    })
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new Refused('measurements.no_server', `${base} does not answer: ${why}; name the server with --server`)
  }
  const told = await answer.text()
  if (answer.ok) return JSON.parse(told) as Taken
  const problem = problemIn(told)
  throw new Refused(problem.code ?? 'measurements.refused', problem.detail ?? `the server answered ${answer.status}`, problem.where)
}

/** What a server says when it refuses; whatever else stands in between may answer in words of its own. */
function problemIn(told: string): { readonly code?: string; readonly detail?: string; readonly where?: string } {
  try {
    return JSON.parse(told) as ReturnType<typeof problemIn>
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function addressOf(written: string): string {
  if (!URL.canParse(written) || !['http:', 'https:'].includes(new URL(written).protocol))
    throw new Refused('measurements.address', `"${written}" is no address; write it like https://trust.example.com`, '--server')
  return written.replace(/\/+$/, '')
}

function measurementsIn(text: string): readonly unknown[] {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (error) {
    throw new Refused('measurements.not_json', `this is not JSON: ${error instanceof Error ? error.message : String(error)}`, 'file')
  }
  const lines = typeof read === 'object' && read !== null && 'measurements' in read ? read.measurements : read
  if (!Array.isArray(lines)) throw new Refused('measurements.no_list', 'the file has no list of measurements; see --help', 'file')
  return lines
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new Refused(
      'measurements.unreadable',
      `${file} cannot be read (${error instanceof Error ? error.message : String(error)})`,
      'file',
    )
  }
}

const inWords = (app: string, { repeated, counts, evidence, reported_by }: Taken): string =>
  repeated
    ? `These figures of ${app} had been taken before; nothing was counted again.\n`
    : `Taken: ${counts} counts of ${app}, reported by the ${reported_by}, kept as ${evidence}.\n`
