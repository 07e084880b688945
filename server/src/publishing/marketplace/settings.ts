import { z } from 'zod'
import { Refused } from '../../kernel/refused.ts'
import { readYaml } from '../../programmes/yaml.ts'

/**
 * How the operator's marketplace is read back: where the listing of an app is, and how a badge is told on it. Data of the
 * operator, in a file that the setting LISTINGS names; no marketplace's name or shape stands in code.
 */

const Span = z.string().regex(/^P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/, 'write a span like PT2H or P1D')
const Id = z.string().min(1).max(100)

/** `{app}` is the app's id here, `{key}` its key in the marketplace. They stand behind the host, which is always the operator's own words. */
const Template = z
  .string()
  .max(2_000)
  .refine((text) => /\{(app|key)\}/.test(text) && !/[{}]/.test(text.replaceAll(/\{(app|key)\}/g, '')), 'name the app by {app} or {key}')
  .refine((text) => {
    const before = text.slice(0, text.indexOf('{'))
    const url = URL.canParse(before) ? new URL(before) : null
    return (
      url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && /^https?:\/\/[^/]+\//.test(before)
    )
  }, 'write an address like https://market.example/apps/{app}')

const OfBadge = { programme: Id, tier: Id }
const Answer = z.union([z.string(), z.number(), z.boolean()])
/** RFC 6901. */
const Pointer = z
  .string()
  .max(500)
  .regex(/^(\/([^~/]|~[01])*)+$/, 'write a JSON pointer like /programs/gold/status')

export const ListingSettings = z.strictObject({
  /** The listing that people read. */
  listing: Template,
  /** How far the marketplace may lag behind a change before that counts. */
  allowance: Span,
  look_every: Span,
  read: z
    .union([
      z.strictObject({
        /** The public page itself, or another one that says the same. */
        page: z.strictObject({
          url: Template.optional(),
          /** A badge is shown when one of its marks stands in the page's source. */
          badges: z.array(z.strictObject({ ...OfBadge, marks: z.array(z.string().min(3).max(500)).min(1) })).min(1),
          /** States of a listing in which its page must not be there. */
          gone_when: z.array(z.enum(['hidden', 'paused'])).optional(),
        }),
      }),
      z.strictObject({
        /** An interface of the marketplace that answers with JSON. */
        api: z.strictObject({
          url: Template,
          badges: z.array(z.strictObject({ ...OfBadge, at: Pointer, shown_when: z.array(Answer).min(1) })).min(1),
          listing: z.strictObject({ at: Pointer, hidden_when: z.array(Answer), paused_when: z.array(Answer) }).optional(),
        }),
      }),
    ])
    .optional(),
})
export type ListingSettings = z.infer<typeof ListingSettings>

/** Reads the file's text; refuses it with every mistake. */
export function listingSettingsIn(text: string, file: string): ListingSettings {
  const read = readYaml(text)
  if ('mistakes' in read) {
    throw new Refused(
      'config.listings',
      `${file} ${read.mistakes.map(({ says, line }) => `${line === null ? '' : `line ${line}: `}${says}`).join('; ')}.`,
      'LISTINGS',
    )
  }
  const parsed = ListingSettings.safeParse(read.value)
  if (parsed.success) return parsed.data
  const told = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`)
  throw new Refused('config.listings', `${file} has mistakes. ${told.join('. ')}.`, 'LISTINGS')
}

/** What an app is called on either side. */
export type Named = { readonly app: string; readonly key: string | null }

/** An address with the app's names filled in; null where it asks for a key and the app has none. */
export function filledIn(template: string, { app, key }: Named): string | null {
  if (template.includes('{key}') && key === null) return null
  return template.replaceAll(/\{(app|key)\}/g, (_, name: string) => encodeURIComponent(name === 'app' ? app : (key ?? '')))
}
