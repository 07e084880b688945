import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { Made } from './creating.ts'
import type { Template } from './templates.ts'

/** A site that installed the app. A site that comes by Forge shares no secret; its calls are signed by the platform. */
export type Tenant = { readonly key: string; readonly host: string; readonly secret: string | null; readonly enabled: boolean }

/** Who calls: a site, one of its people, that person's token for the host where the platform sends one along, and the name of our own form's ticket. */
export type Caller = {
  readonly tenant: Tenant
  readonly account: string | null
  readonly user_token: string | null
  readonly ticket: string | null
}

/** Who may manage templates: `admins` by the host's own permission, `listed` also these accounts. */
export type Permission = { readonly project: string | null; readonly accounts: readonly string[] }

export type StoredTemplate = Template & { readonly id: string; readonly version: number }

/**
 * The app's store: templates and who may manage them, a tenant at a time. No personal data but account ids. Every query
 * names the tenant first, so that no row of another site can come out.
 */
export class Store {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path)
    this.#db.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
      CREATE TABLE IF NOT EXISTS tenant (key TEXT PRIMARY KEY, host TEXT NOT NULL, secret TEXT, enabled INTEGER NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS template (tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE, id TEXT NOT NULL, project TEXT, version INTEGER NOT NULL,
        body TEXT NOT NULL, PRIMARY KEY (tenant, id)) STRICT;
      CREATE TABLE IF NOT EXISTS permission (tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE, project TEXT NOT NULL, accounts TEXT NOT NULL,
        PRIMARY KEY (tenant, project)) STRICT;
      CREATE TABLE IF NOT EXISTS made (tenant TEXT NOT NULL REFERENCES tenant ON DELETE CASCADE, ticket TEXT NOT NULL, at INTEGER NOT NULL, outcome TEXT,
        PRIMARY KEY (tenant, ticket)) STRICT;
      CREATE TABLE IF NOT EXISTS pulse (id INTEGER PRIMARY KEY, beat INTEGER NOT NULL) STRICT;`)
  }

  /** Keeps a tenant; installing again replaces its secret and keeps its templates. */
  install(tenant: Omit<Tenant, 'enabled'>): void {
    this.#db
      .prepare(
        'INSERT INTO tenant VALUES (?, ?, ?, 1) ON CONFLICT (key) DO UPDATE SET host = excluded.host, secret = excluded.secret, enabled = 1',
      )
      .run(tenant.key, tenant.host, tenant.secret)
  }

  /** Forgets a tenant with all that it kept here. */
  uninstall(key: string): void {
    this.#db.prepare('DELETE FROM tenant WHERE key = ?').run(key)
  }

  tenant(key: string): Tenant | null {
    const row = this.#db.prepare('SELECT key, host, secret, enabled FROM tenant WHERE key = ?').get(key)
    if (row === undefined) return null
    return {
      key: String(row['key']),
      host: String(row['host']),
      secret: row['secret'] === null ? null : String(row['secret']),
      enabled: row['enabled'] === 1,
    }
  }

  /** The tenant's templates: global ones and those of the project, or all when `project` is null. */
  templates(tenant: string, project: string | null): StoredTemplate[] {
    return this.#db
      .prepare('SELECT id, version, body FROM template WHERE tenant = ? AND (? IS NULL OR project IS NULL OR project = ?) ORDER BY id')
      .all(tenant, project, project)
      .map((row) => ({ ...(JSON.parse(String(row['body'])) as Template), id: String(row['id']), version: Number(row['version']) }))
  }

  template(tenant: string, id: string): StoredTemplate | null {
    return this.templates(tenant, null).find((template) => template.id === id) ?? null
  }

  add(tenant: string, template: Template): StoredTemplate {
    const id = randomUUID()
    this.#db.prepare('INSERT INTO template VALUES (?, ?, ?, 1, ?)').run(tenant, id, template.project, JSON.stringify(template))
    return { ...template, id, version: 1 }
  }

  /** Replaces a template if nobody else did since `version`; false otherwise. */
  replace(tenant: string, id: string, version: number, template: Template): boolean {
    const done = this.#db
      .prepare('UPDATE template SET body = ?, project = ?, version = version + 1 WHERE tenant = ? AND id = ? AND version = ?')
      .run(JSON.stringify(template), template.project, tenant, id, version)
    return done.changes === 1
  }

  remove(tenant: string, id: string): boolean {
    return this.#db.prepare('DELETE FROM template WHERE tenant = ? AND id = ?').run(tenant, id).changes === 1
  }

  /** Accounts that may manage templates of a project besides its administrators; of all projects for null. */
  permitted(tenant: string, project: string | null): readonly string[] {
    const row = this.#db.prepare('SELECT accounts FROM permission WHERE tenant = ? AND project = ?').get(tenant, project ?? '')
    return row === undefined ? [] : (JSON.parse(String(row['accounts'])) as string[])
  }

  permit(tenant: string, permission: Permission): void {
    this.#db
      .prepare('INSERT INTO permission VALUES (?, ?, ?) ON CONFLICT (tenant, project) DO UPDATE SET accounts = excluded.accounts')
      .run(tenant, permission.project ?? '', JSON.stringify(permission.accounts))
  }

  /** Takes a ticket, which is good once. False when it was taken before; those older than an hour are dead anyway and are forgotten. */
  takes(tenant: string, ticket: string, at_ms: number): boolean {
    this.#db.prepare('DELETE FROM made WHERE at < ?').run(at_ms - 3_600_000)
    return this.#db.prepare('INSERT INTO made VALUES (?, ?, ?, NULL) ON CONFLICT DO NOTHING').run(tenant, ticket, at_ms).changes === 1
  }

  /** Keeps what came of a ticket, for whoever sends the same form twice. */
  keepMade(tenant: string, ticket: string, made: Made): void {
    this.#db.prepare('UPDATE made SET outcome = ? WHERE tenant = ? AND ticket = ?').run(JSON.stringify(made), tenant, ticket)
  }

  /** A ticket of which nothing was made is good again. */
  giveBack(tenant: string, ticket: string): void {
    this.#db.prepare('DELETE FROM made WHERE tenant = ? AND ticket = ?').run(tenant, ticket)
  }

  /** What came of a ticket that was taken; null while that is not known. */
  madeWith(tenant: string, ticket: string): Made | null {
    const row = this.#db.prepare('SELECT outcome FROM made WHERE tenant = ? AND ticket = ?').get(tenant, ticket)
    return typeof row?.['outcome'] === 'string' ? (JSON.parse(row['outcome']) as Made) : null
  }

  /** Writes and reads a row: the store works, not only the process. */
  beats(at: number): boolean {
    this.#db.prepare('INSERT INTO pulse VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET beat = excluded.beat').run(at)
    return this.#db.prepare('SELECT beat FROM pulse WHERE id = 1').get()?.['beat'] === at
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }
}
