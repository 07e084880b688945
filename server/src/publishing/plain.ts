/** What an app asks for and where it may send things, in words that a buyer understands. Unknown words are shown as they were declared. */

/** Maps, not objects: a scope may be called `constructor`. */
const VERBS = new Map(
  Object.entries({
    read: 'Read',
    write: 'Create and change',
    delete: 'Delete',
    manage: 'Administer',
    admin: 'Administer',
    send: 'Send',
    validate: 'Check',
  }),
)

/** Scopes that are one word or have no verb in front. */
const WHOLE = new Map(
  Object.entries({
    READ: 'Read what the person using it can see',
    WRITE: 'Create and change content',
    DELETE: 'Delete content',
    ADMIN: 'Administer the product',
    PROJECT_ADMIN: 'Administer projects',
    SPACE_ADMIN: 'Administer spaces',
    ACT_AS_USER: 'Act in the name of a person who is not there',
    ACCESS_EMAIL_ADDRESSES: 'Read mail addresses of people',
    'storage:app': 'Keep data of its own in the platform’s storage',
    'read:app-user-token': 'Receive a token of the person using it',
    'read:app-system-token': 'Receive a token of its own',
    'read:me': 'Read who the person using it is',
    offline_access: 'Stay connected while the person is away',
  }),
)

/** A scope in plain words, or null when it is none that we can read. */
export function scopeInWords(scope: string): string | null {
  const whole = WHOLE.get(scope)
  if (whole !== undefined) return whole
  const [verb = '', object = '', product] = scope.split(':')
  const words = VERBS.get(verb)
  if (words === undefined || !/^[a-z][a-z0-9.-]*$/.test(object)) return null
  if (product === undefined) {
    // The older kind names the product first: `read:jira-work`.
    const [first = '', ...rest] = object.split('-')
    return rest.length === 0 ? `${words} ${named(object)}` : `${words} ${rest.join(' ')} in ${named(first)}`
  }
  return `${words} ${object.replaceAll(/[-.]/g, ' ')} in ${named(product)}`
}

const named = (product: string): string => product.replaceAll(/[-.]/g, ' ').replace(/^./, (letter) => letter.toUpperCase())

const EGRESS = new Map(
  Object.entries({
    backend: 'Its code on the platform calls',
    client: 'Its pages in the browser call',
    fetch: 'It calls',
    remote: 'It runs on a server at',
    scripts: 'Its pages load scripts from',
    styles: 'Its pages load styles from',
    images: 'Its pages load pictures from',
    media: 'Its pages load media from',
    fonts: 'Its pages load fonts from',
    frames: 'Its pages show pages of',
    navigation: 'Its pages link to',
  }),
)

/** What goes to an address, in plain words. */
export const egressInWords = (kind: string): string => EGRESS.get(kind) ?? EGRESS.get(kind.split('.').at(-1) ?? '') ?? 'It may reach'

export const PLATFORM = {
  connect: 'Connect',
  forge: 'Forge',
  neutral: 'Other marketplace',
} as const

export const HOSTING = {
  remote: 'on servers of the partner',
  platform: 'on the host’s platform',
  mixed: 'on the host’s platform and on servers of the partner',
  static: 'as static files only',
} as const
