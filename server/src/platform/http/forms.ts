import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refused } from '../../kernel/refused.ts'

/** A form's fields: text, or the bytes of a file that was chosen. A field that was given twice keeps its last value. */
export type FormFields = { readonly [name: string]: string | Uint8Array }

/** After the name of a file's field: what the sender calls the file. A form that has such a field itself renames its own file, and nothing else. */
const NAME_OF = '#name'

/** What the sender calls a file that was chosen; empty when nothing was. */
export const nameOf = (fields: FormFields, name: string): string => textOf(fields, `${name}${NAME_OF}`)

/** Takes HTML forms of both kinds, and raw descriptors as bytes. Size is bounded by the server's body limit before any parser runs. */
export function addFormParsers(app: FastifyInstance): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))))
  })
  app.addContentTypeParser(/^multipart\/form-data/, { parseAs: 'buffer' }, async (request: FastifyRequest, body: string | Buffer) => {
    try {
      // The platform's own parser (WHATWG Fetch): bounded by the body that was read already.
      const form = await new Response(new Uint8Array(Buffer.from(body as Buffer)), {
        headers: { 'content-type': request.headers['content-type'] ?? '' },
      }).formData()
      const fields: [string, string | Uint8Array][] = []
      for (const [name, value] of form) {
        if (typeof value === 'string') fields.push([name, value])
        // What a chosen file is called stands beside its bytes.
        else fields.push([name, new Uint8Array(await value.arrayBuffer())], [`${name}${NAME_OF}`, value.name])
      }
      // Made from entries, since a field may be called `__proto__`.
      return Object.fromEntries(fields)
    } catch (error) {
      throw new Refused('http.bad_form', `The form could not be read: ${error instanceof Error ? error.message : String(error)}.`)
    }
  })
  for (const type of ['application/octet-stream', 'application/yaml', 'text/yaml', 'text/plain']) {
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  }
}

/** A field as trimmed text; empty when it is missing or a file. */
export function textOf(fields: FormFields, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  return typeof value === 'string' ? value.trim() : ''
}
