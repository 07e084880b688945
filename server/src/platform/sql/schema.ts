// Row types; see migrations.
export type Schema = Record<string, never>
