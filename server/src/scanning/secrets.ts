/** A kind of secret whose format its maker publishes, so that a match is hardly chance. */
export type SecretKind = {
  readonly kind: string
  readonly pattern: RegExp
  /** Whether it has no business in what every browser gets. Some keys are made to stand there. */
  readonly in_scripts: boolean
}

/** No nested quantifiers: the text is a stranger's. */
export const SECRETS: readonly SecretKind[] = [
  { kind: 'a private key', pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/, in_scripts: true },
  { kind: 'an AWS access key', pattern: /\bAKIA[0-9A-Z]{16}\b/, in_scripts: true },
  { kind: 'a GitHub token', pattern: /\bgh[pousr]_[A-Za-z0-9]{36}/, in_scripts: true },
  { kind: 'a Slack token', pattern: /\bxox[abprs]-[\w-]{10,}/, in_scripts: true },
  // Keys of Google's are made for browsers too, and limited by where they may be used from.
  { kind: 'a Google API key', pattern: /\bAIza[\w-]{35}\b/, in_scripts: false },
  { kind: 'an Atlassian API token', pattern: /\bATATT3[\w=-]{50,}/, in_scripts: true },
  { kind: 'a Stripe secret key', pattern: /\b[sr]k_live_[A-Za-z0-9]{16,}/, in_scripts: true },
  { kind: 'an npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/, in_scripts: true },
  { kind: 'a SendGrid key', pattern: /\bSG\.[\w-]{22}\.[\w-]{43}/, in_scripts: true },
  { kind: 'a signed token', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/, in_scripts: true },
  {
    kind: 'a client secret',
    pattern: /\b(client_?secret|shared_?secret|password)["']?\s{0,4}[:=]\s{0,4}["']?[A-Za-z0-9+/_.~-]{16,}/i,
    in_scripts: false,
  },
  {
    kind: 'a client secret',
    // In code a name is often given another name; only a quoted text with digits and letters is a value.
    pattern:
      /\b(client_?secret|shared_?secret)["']?\s{0,4}[:=]\s{0,4}["'](?=[^"']{0,100}\d)(?=[^"']{0,100}[A-Za-z])[A-Za-z0-9+/_.~-]{16,100}["']/i,
    in_scripts: true,
  },
]

/** Where in a script something stands that looks like a secret; the first of each kind. The secret itself stays where it is. */
export function secretsIn(text: string): readonly { readonly kind: string; readonly line: number; readonly column: number }[] {
  return SECRETS.filter(({ in_scripts }) => in_scripts).flatMap(({ kind, pattern }) => {
    const at = text.search(pattern)
    if (at === -1) return []
    const before = text.slice(0, at)
    return [{ kind, line: before.split('\n').length, column: at - before.lastIndexOf('\n') }]
  })
}
