/** What may stand in an event, an evidence body or a report: JSON and nothing else. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** An object of JSON values. */
export type JsonObject = { readonly [key: string]: Json }
