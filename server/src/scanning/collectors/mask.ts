import { createHash } from 'node:crypto'

/** Replaces what may be a secret in text that we store: first four and last two characters stay, with a short hash. */
export function masked(text: string): string {
  return SECRETS.reduce((safe, pattern) => safe.replaceAll(pattern, (...found) => keepEdges(found as string[])), text)
}

/** A header as it may be stored: cookie values and credentials are replaced, names and attributes stay. */
export function maskedHeader(name: string, value: string): string {
  const lower = name.toLowerCase()
  if (lower === 'authorization' || lower === 'cookie' || lower === 'proxy-authorization') return fingerprint(value)
  if (lower === 'set-cookie')
    return value.replace(/^([^=;]*)=([^;]*)/, (_, key: string, secret: string) => `${key}=${secret === '' ? '' : edges(secret)}`)
  return masked(value)
}

/** No nested quantifiers: the text is a stranger's. Group 1 is kept as it is, group 2 is the secret. */
const SECRETS = [
  /()(eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)/g,
  /()(AKIA[0-9A-Z]{16})/g,
  /()(gh[pousr]_[A-Za-z0-9]{30,})/g,
  /()(xox[abprs]-[\w-]{10,})/g,
  /()(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,8000})/g,
  /("?(?:sharedSecret|client_?secret|password|api_?key|access_?token|refresh_?token)["']?\s{0,4}[:=]\s{0,4}["']?)([^"'\s,;&<>]{6,})/gi,
]

const keepEdges = ([, before = '', secret = '']: readonly string[]): string => `${before}${edges(secret)}`

const edges = (secret: string): string =>
  secret.length < 12 ? fingerprint(secret) : `${secret.slice(0, 4)}…${secret.slice(-2)}(${fingerprint(secret)})`

const fingerprint = (secret: string): string => `sha256:${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`
