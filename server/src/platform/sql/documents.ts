import type { Transaction } from 'kysely'
import type { Documents } from '../../kernel/log.ts'
import type { Schema } from './schema.ts'

/** The views' documents inside a transaction of the database. */
export function sqlDocuments(transaction: Transaction<Schema>, marketplace: string): Documents {
  return {
    async get<T>(view: string, key: string) {
      const row = await transaction
        .selectFrom('document')
        .select('body')
        .where('marketplace_id', '=', marketplace)
        .where('view', '=', view)
        .where('key', '=', key)
        .executeTakeFirst()
      // Documents are wrapped, so that a view may hold a bare list or number as well.
      return row === undefined ? null : (row.body as { readonly document: T }).document
    },
    async put<T>(view: string, key: string, document: T, subject: string | null) {
      const body = JSON.stringify({ document })
      await transaction
        .insertInto('document')
        .values({ marketplace_id: marketplace, view, key, subject, body })
        .onConflict((conflict) => conflict.columns(['marketplace_id', 'view', 'key']).doUpdateSet({ body, subject }))
        .execute()
    },
    async remove(view, key) {
      await transaction
        .deleteFrom('document')
        .where('marketplace_id', '=', marketplace)
        .where('view', '=', view)
        .where('key', '=', key)
        .execute()
    },
    async list<T>(view: string, prefix = '') {
      const rows = await transaction
        .selectFrom('document')
        .select(['key', 'body'])
        .where('marketplace_id', '=', marketplace)
        .where('view', '=', view)
        .$if(prefix !== '', (query) => query.where((eb) => eb.fn('starts_with', ['key', eb.val(prefix)])))
        .orderBy('key')
        .execute()
      return rows.map((row) => ({ key: row.key, document: (row.body as { readonly document: T }).document }))
    },
  }
}
