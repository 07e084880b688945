/** Stand-ins for what the host would fill in, by the last word of the placeholder, so that a route sees a plausible value. */
const STAND_INS: { readonly [word: string]: string } = {
  id: '10000',
  key: 'CAST',
  full_name: 'castellan/scan',
  version: '1',
  type: 'page',
  viewType: 'default',
  isConfigurable: 'false',
}

/**
 * Fills each placeholder on its own: `{issue.key}` and `${project.id}` alike, several in one address. A greedy pattern
 * would swallow everything between the first and the last brace.
 */
export function filled(written: string): string {
  return written.replaceAll(/\$?\{([^{}]*)\}/g, (_, name: string) => {
    if (name.startsWith('condition')) return 'true'
    return STAND_INS[name.split('.').at(-1) ?? ''] ?? 'castellan'
  })
}

/** True for a build-time template such as `{{localBaseUrl}}`, which only the partner's own tooling can fill. */
export const hasBuildTemplate = (written: string): boolean => /\{\{[^{}]*\}\}/.test(written)

/**
 * The absolute address of what a descriptor writes: relative ones are appended to the base, which may have a path and may
 * or may not end with a slash. Null when there is nothing to append to or the result is no address.
 */
export function resolved(written: string, base: string | null): string | null {
  let path = written.trim()
  if (hasBuildTemplate(path)) {
    // `{{localBaseUrl}}/x` and `{{localBaseUrl}}x` both mean: this app's own base.
    path = path.replace(/^\{\{[^{}]*\}\}/, '')
    if (hasBuildTemplate(path)) return null
    if (!path.startsWith('/')) path = `/${path}`
  }
  const text = filled(path)
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(text) || text.startsWith('//')
  if (!absolute && base === null) return null
  const joined = absolute ? text : `${base?.replace(/\/+$/, '')}/${text.replace(/^\/+/, '')}`
  return URL.canParse(joined) ? new URL(joined).href : null
}
