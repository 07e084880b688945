// The same over TLS: a full handshake each (P-256, TLS 1.3), the chain verified, one shared context.
import { bare, decimals, measure, prober, tell, unit, watch } from './probe-http.mjs'

export const about =
  'probes over HTTPS, a fresh connection with a full handshake and a verified chain each, 64 at once (the watch as for HTTP)'
export { decimals, measure, tell, unit }
export const contenders = { bare, prober, watch }
export const run = (contender) => contender('https')
