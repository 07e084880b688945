import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ORDER } from '../src/kernel/flow.ts'
import { instant } from '../src/kernel/time.ts'
import { sourceOf, type Source } from './architecture/source.ts'
import { ENGINES, type Opened } from './storage.ts'

/**
 * The rules of ARCHITECTURE.md that a reader relies on, read from the sources. Each says why it is there; a failure names
 * the file, the line and the rule.
 */

const repository = join(import.meta.dirname, '../..')
const src = join(repository, 'server/src')
const SOURCES: readonly Source[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !/\.test\.tsx?$/.test(path))
  .sort()
  .map((path) => sourceOf(path, readFileSync(join(src, path), 'utf8')))

/** Place of each slice, from the left. Slices of one place do not see each other. */
const PLACES = new Map<string, number>(ORDER.flatMap((names, place) => names.map((name) => [name, place] as const)))

/** The part of the tree a file belongs to: a slice, kernel, programmes, platform, or `house` for what binds them. */
const partOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : 'house')

/**
 * Files of a slice that touch the world: they are handed ports or a socket and are thin. All else in a slice is pure, but for
 * what is visibly handed a transaction, a desk or the house (`directory/registering.ts`): it reads, decides and records.
 */
const SHELLS = [
  /(^|\/)(?:[\w-]+-)?(jobs|routes)\.tsx?$/,
  /^programmes\/load\.ts$/,
  /^scanning\/(collectors|browser|worker|host)\//,
  /^scanning\/(scan|child|worker|in-child)\.ts$/,
  /^reliability\/probers\//,
  /^journeys\/runners\//,
  /^vulnerabilities\/intake\//,
]
const HANDED = /\bimport (?:type )?\{[^}]*\b(Unit|Desk|House)\b[^}]*\} from '[^']*\/(?:platform\/sql\/database|house)\.ts'/
const isShell = (path: string): boolean =>
  partOf(path) === 'platform' || partOf(path) === 'house' || SHELLS.some((shell) => shell.test(path)) || HANDED.test(textOf(path))
const textOf = (path: string): string => SOURCES.find((source) => source.path === path)?.text ?? ''

/** Who may do what stands in one place; each shell calls it, wherever its slice lies. */
const GATE = ['enrolment/authorise.ts', 'enrolment/acts.ts']

/** Where an import leads: a path inside server/src, or the name of a package. */
const targetOf = (from: string, specifier: string): string =>
  specifier.startsWith('.') ? relative(src, join(src, dirname(from), specifier)).replaceAll('\\', '/') : specifier

type Import = { readonly from: string; readonly to: string; readonly types_only: boolean; readonly line: number }
const IMPORTS: readonly Import[] = SOURCES.flatMap((source) =>
  source.imports.map(({ specifier, types_only, line }) => ({ from: source.path, to: targetOf(source.path, specifier), types_only, line })),
)
const ownImports = IMPORTS.filter(({ to }) => SOURCES.some((source) => source.path === to))
const told = (imports: readonly Import[]): readonly string[] => imports.map(({ from, line, to }) => `${from}:${line} imports ${to}`)

/** Lines of code (comments and texts taken out) that match, outside the files that may. */
const lines = (pattern: RegExp, may: (path: string) => boolean): readonly string[] =>
  SOURCES.filter(({ path }) => !may(path)).flatMap(({ path, code }) =>
    code.flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1} ${line.trim()}`] : [])),
  )

describe('the dependency rule', () => {
  it('reads the sources at all', () => {
    expect(SOURCES.length).toBeGreaterThan(50)
    expect(ownImports.length).toBeGreaterThan(100)
  })

  it('every folder is the kernel, the programmes, the platform or a slice in ORDER: a folder beside them has no place in the flow', () => {
    const folders = new Set(SOURCES.map(({ path }) => partOf(path)))
    expect([...folders].filter((name) => !PLACES.has(name) && !['house', 'kernel', 'programmes', 'platform'].includes(name))).toEqual([])
  })

  it('the kernel imports nothing of ours and nothing of Node: it runs in a browser, in the command line and in a simulated year alike', () => {
    const allowed = (to: string): boolean => partOf(to) === 'kernel' || to === 'temporal-polyfill'
    expect(told(IMPORTS.filter(({ from, to }) => partOf(from) === 'kernel' && !allowed(to)))).toEqual([])
  })

  it('the programmes import the kernel only: what a pack means must not depend on who reads it', () => {
    expect(
      told(ownImports.filter(({ from, to }) => partOf(from) === 'programmes' && !['programmes', 'kernel'].includes(partOf(to)))),
    ).toEqual([])
  })

  it('a slice imports what lies to its left, never to its right: facts travel one way, and so does what the code may know', () => {
    const wrong = ownImports.filter(({ from, to }) => {
      const [here, there] = [PLACES.get(partOf(from)), PLACES.get(partOf(to))]
      if (here === undefined || there === undefined || partOf(from) === partOf(to)) return false
      // The one gate: whoever opens a transaction says who asks.
      if (isShell(from) && GATE.includes(to)) return false
      return there >= here
    })
    expect(told(wrong)).toEqual([])
  })

  it('a slice does not import what binds the house together, except in its shells: else everything would know everything', () => {
    const wrong = ownImports.filter(
      ({ from, to, types_only }) => PLACES.has(partOf(from)) && partOf(to) === 'house' && !(types_only && isShell(from)),
    )
    // Types of the house (House, Desk, Job) are what its shells are handed; its version is a constant.
    expect(told(wrong.filter(({ to }) => to !== 'version.ts'))).toEqual([])
  })

  it('pure files of a slice take no value from the platform: what touches the world is handed to them', () => {
    const wrong = ownImports.filter(
      ({ from, to, types_only }) => PLACES.has(partOf(from)) && !isShell(from) && partOf(to) === 'platform' && !types_only,
    )
    // Texts and addresses that pages share with the HTTP side hold nothing of the world.
    expect(told(wrong.filter(({ to }) => to !== 'platform/http/stylesheet.ts'))).toEqual([])
  })

  it('the platform knows no slice: it would carry their meaning into transport and storage', () => {
    const allowed = (from: string, to: string): boolean =>
      // One authorisation for every route; whoever asks travels with the request.
      (from.startsWith('platform/http/') && partOf(to) === 'enrolment') || partOf(to) === 'kernel' || partOf(to) === 'platform'
    const wrong = ownImports.filter(
      ({ from, to, types_only }) => partOf(from) === 'platform' && !allowed(from, to) && !(types_only && partOf(to) === 'house'),
    )
    expect(told(wrong.filter(({ to }) => to !== 'version.ts'))).toEqual([])
  })

  it('only shells import from Node or from packages that reach out: deciders, judges, checks and views are functions of what they are given', () => {
    const REACHING = /^(node:|pg$|kysely|fastify|@fastify\/|nodemailer|pino|prom-client|@electric-sql\/|playwright|undici|smtp-server)/
    const wrong = IMPORTS.filter(({ from, to, types_only }) => !isShell(from) && REACHING.test(to) && !types_only)
    expect(told(wrong)).toEqual([])
  })

  it('the server imports nothing from tests, demo, bench, command line or examples: what is sold does not hang on what tries it', () => {
    const outside = IMPORTS.filter(({ to }) => to.startsWith('../'))
    // The demo is started by the main program, and by nothing else.
    expect(
      told(outside.filter(({ from, to }) => !(from === 'main.ts' && to.startsWith('../demo/')) && !to.startsWith('../../sdk/'))),
    ).toEqual([])
  })
})

describe('time, chance and the world are arguments', () => {
  const inPlatform = (path: string): boolean => partOf(path) === 'platform'

  it('nobody but the platform asks what time it is: a simulated year and a moved demo clock would lie otherwise', () => {
    expect(lines(/\bnew Date\(\s*\)|\bDate\.now\(|\bTemporal\.Now\b/, inPlatform)).toEqual([])
  })

  it('nobody throws dice with Math.random: it cannot be seeded, and it guards nothing', () => {
    expect(lines(/\bMath\.random\b/, () => false)).toEqual([])
  })

  it('other chance comes from the platform: ids and secrets are made there and handed on', () => {
    expect(lines(/\b(randomUUID|randomBytes|getRandomValues)\b/, isShell)).toEqual([])
  })

  it('nobody but the platform opens a connection: what a stranger named goes through the guarded client', () => {
    expect(lines(/(?<!async )(?<![.\w])(fetch|XMLHttpRequest|WebSocket|EventSource)\s*\(/, inPlatform)).toEqual([])
    const NETWORK = /^(node:(http|https|http2|net|tls|dns|dns\/promises|dgram)|undici|nodemailer)$/
    // The scanner's own host product answers the calls that an app makes to its host; it starts none.
    const listens = (path: string): boolean => path === 'scanning/host/host.ts'
    const wrong = IMPORTS.filter(({ from, to, types_only }) => !inPlatform(from) && !listens(from) && NETWORK.test(to) && !types_only)
    // `isIP` says whether a text is an address; it opens nothing.
    expect(told(wrong.filter(({ from, line }) => !/\bimport \{ isIP \}/.test(sourceAt(from, line))))).toEqual([])
  })

  it('timers run in shells only: a pure answer does not come later', () => {
    expect(lines(/(?<![.\w])(setTimeout|setInterval|setImmediate)\s*\(/, isShell)).toEqual([])
  })

  it('settings are read in one place: nobody else looks into the environment', () => {
    expect(lines(/\bprocess\.env\b/, (path) => path === 'main.ts' || path === 'platform/config.ts')).toEqual([])
  })
})

const sourceAt = (path: string, line: number): string => SOURCES.find((source) => source.path === path)?.code[line - 1] ?? ''

describe('a programme is data', () => {
  const folder = join(repository, 'programmes')
  const ids = existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    : []

  it('no programme’s id stands in server/src: a second programme must need no line of code', () => {
    const named = SOURCES.flatMap(({ path, text }) => ids.filter((id) => text.includes(id)).map((id) => `${path} names ${id}`))
    expect(named).toEqual([])
    expect(ids.length).toBeGreaterThan(0)
  })

  it('a folder of a programme holds no code', () => {
    const code = ids.flatMap((id) =>
      readdirSync(join(folder, id), { recursive: true, encoding: 'utf8' }).filter((path) => /\.(m?[jt]sx?|sh|sql)$/.test(path)),
    )
    expect(code).toEqual([])
  })
})

describe.each(ENGINES)('every table is a tenant’s, on $engine', ({ open }) => {
  let opened: Opened
  beforeAll(async () => {
    opened = await open({ now: () => instant(1_790_000_000_000) })
  })
  afterAll(() => opened.close())

  const ask = <Row>(query: ReturnType<typeof sql<Row>>): Promise<readonly Row[]> =>
    opened.database.within({ marketplace: 'any', party: { kind: 'machine' } }, async (unit) => (await query.execute(unit.sql)).rows)
  /** The list of what was migrated is about the database itself. */
  const tables = sql`c.relkind IN ('r', 'p') AND n.nspname = 'public' AND c.relname <> 'castellan_migration'`

  it('row security is on and forced on each: the second wall stands also where the first has a hole, and for the owner too', async () => {
    const open_tables = await ask(
      sql<{ name: string }>`SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE ${tables} AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))`,
    )
    expect(open_tables).toEqual([])
  })

  it('each has a primary key, and marketplace_id comes first in every key and index: no query crosses tenants, and tables can be spread by it', async () => {
    const keyless = await ask(
      sql<{ name: string }>`SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE ${tables} AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)`,
    )
    expect(keyless).toEqual([])
    const indexes = await ask(
      sql<{ name: string; first: string | null }>`SELECT i.indexrelid::regclass::text AS name, a.attname AS first
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE ${tables}`,
    )
    expect(indexes.length).toBeGreaterThan(10)
    expect(indexes.filter(({ first }) => first !== 'marketplace_id')).toEqual([])
  })

  it('each foreign key carries marketplace_id first: a row never points into another’s marketplace', async () => {
    const foreign = await ask(
      sql<{ name: string; first: string }>`SELECT k.conname AS name, a.attname AS first FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] WHERE k.contype = 'f' AND ${tables}`,
    )
    expect(foreign.length).toBeGreaterThan(5)
    expect(foreign.filter(({ first }) => first !== 'marketplace_id')).toEqual([])
  })

  it('the role that transactions run as owns nothing and bypasses nothing', async () => {
    const rights = await ask(
      sql<{ owned: number; powerful: boolean }>`SELECT (SELECT count(*)::int FROM pg_class c WHERE c.relowner = r.oid) AS owned,
        r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolcanlogin AS powerful FROM pg_roles r WHERE r.rolname = 'castellan_app'`,
    )
    expect(rights).toEqual([{ owned: 0, powerful: false }])
  })

  it('the log and the audit lines can be added to, never changed', async () => {
    const changeable = await ask(
      sql<{ name: string }>`SELECT t AS name FROM unnest(ARRAY['event', 'audit_line']) t
        WHERE has_table_privilege('castellan_app', t, 'UPDATE') OR has_table_privilege('castellan_app', t, 'DELETE') OR has_table_privilege('castellan_app', t, 'TRUNCATE')`,
    )
    expect(changeable).toEqual([])
  })
})
