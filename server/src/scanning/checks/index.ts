import type { Check } from '../check.ts'
import cacheControlNoStore from './cache-control-no-store/check.ts'
import certificateValid from './certificate-valid/check.ts'
import connectAuthenticationJwt from './connect-authentication-jwt/check.ts'
import descriptorReachable from './descriptor-reachable/check.ts'
import descriptorTidy from './descriptor-tidy/check.ts'
import forgeCspStrict from './forge-csp-strict/check.ts'
import forgeEgressExplicit from './forge-egress-explicit/check.ts'
import forgeRuntimeSupported from './forge-runtime-supported/check.ts'
import hstsEnabled from './hsts-enabled/check.ts'
import installHookSigned from './install-hook-signed/check.ts'
import leastPrivilegeScopes from './least-privilege-scopes/check.ts'
import manifestSecretsAbsent from './manifest-secrets-absent/check.ts'
import modulePagesAuthenticated from './module-pages-authenticated/check.ts'
import referrerPolicyStrict from './referrer-policy-strict/check.ts'
import securityTxtPresent from './security-txt-present/check.ts'
import sessionCookiesProtected from './session-cookies-protected/check.ts'
import tlsVersionsModern from './tls-versions-modern/check.ts'

/** All checks. A new one is a folder and a line here. */
export const CHECKS: readonly Check[] = [
  cacheControlNoStore,
  certificateValid,
  connectAuthenticationJwt,
  descriptorReachable,
  descriptorTidy,
  forgeCspStrict,
  forgeEgressExplicit,
  forgeRuntimeSupported,
  hstsEnabled,
  installHookSigned,
  leastPrivilegeScopes,
  manifestSecretsAbsent,
  modulePagesAuthenticated,
  referrerPolicyStrict,
  securityTxtPresent,
  sessionCookiesProtected,
  tlsVersionsModern,
]
