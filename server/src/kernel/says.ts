import { durationInWords } from './duration.ts'

/** A sentence before it is rendered: the code in a message catalogue and what goes into it. Stored instead of frozen prose. */
export type Says = { readonly code: string; readonly params: { readonly [name: string]: string | number | boolean | null } }

/** Builds one. */
export const says = (code: string, params: Says['params'] = {}): Says => ({ code, params })

/** What a check answers: SARIF 2.1.0 `kind`, one to one (`inconclusive` is its `open`). `pass` needs a positive observation. */
export type Outcome = 'pass' | 'fail' | 'review' | 'inconclusive' | 'not_applicable'

/** Why nothing could be said. `theirs`: the app blocks or withholds, its own clock runs. `ours`: our probe, network or queue; nobody pays. */
export type Blindness = 'ours' | 'theirs'

/** Sentences by code; `{name}` takes the parameter of that name. Every slice brings its own list, in English. */
export type Messages = { readonly [code: string]: string }

/**
 * Renders a sentence. A code that no list has is a bug, and so is a parameter that was not given: both throw, so that a
 * page never shows a hole.
 */
export function render(sentence: Says, messages: Messages): string {
  const template = Object.hasOwn(messages, sentence.code) ? messages[sentence.code] : undefined
  if (template === undefined) throw new Error(`no message for "${sentence.code}"`)
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(sentence.params, name) ? sentence.params[name] : undefined
    if (value === undefined) throw new Error(`message "${sentence.code}" needs the parameter "${name}"`)
    return value === null ? 'nothing' : typeof value === 'string' ? readable(name, value) : String(value)
  })
}

/** Parameters that hold an id of a pack, which people read as words. */
const IDS: ReadonlySet<string> = new Set(['indicator', 'kind', 'form', 'state'])

/** Spans as people say them and ids as words; whatever else somebody wrote stays as it is. */
function readable(name: string, value: string): string {
  if (SPAN.test(value)) return durationInWords(value)
  return IDS.has(name) && /^[a-z0-9]+([-.][a-z0-9]+)*$/.test(value) ? value.replaceAll(/[-.]/g, ' ') : value
}

/** An ISO 8601 span with something in it. */
const SPAN = /^P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?$/
