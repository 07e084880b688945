import type { Check } from '../check.ts'
import bundleSecretsAbsent from './bundle-secrets-absent/check.ts'
import cacheControlNoStore from './cache-control-no-store/check.ts'
import certificateValid from './certificate-valid/check.ts'
import cipherSuitesStrong from './cipher-suites-strong/check.ts'
import clientLibrariesPatched from './client-libraries-patched/check.ts'
import connectAdminPermission from './connect-admin-permission/check.ts'
import connectAlgorithmPinned from './connect-algorithm-pinned/check.ts'
import connectAuthenticationJwt from './connect-authentication-jwt/check.ts'
import connectInstallVerified from './connect-install-verified/check.ts'
import connectQueryBound from './connect-query-bound/check.ts'
import connectSignatureVerified from './connect-signature-verified/check.ts'
import connectTenantsApart from './connect-tenants-apart/check.ts'
import connectTokenLifetime from './connect-token-lifetime/check.ts'
import connectUninstallFinal from './connect-uninstall-final/check.ts'
import connectWebhooksAuthenticated from './connect-webhooks-authenticated/check.ts'
import contentSecurityPolicyStrict from './content-security-policy-strict/check.ts'
import descriptorReachable from './descriptor-reachable/check.ts'
import descriptorTidy from './descriptor-tidy/check.ts'
import domainRegistered from './domain-registered/check.ts'
import foreignOriginsRefused from './foreign-origins-refused/check.ts'
import forgeCspStrict from './forge-csp-strict/check.ts'
import forgeEgressExplicit from './forge-egress-explicit/check.ts'
import forgeRuntimeSupported from './forge-runtime-supported/check.ts'
import framingLimited from './framing-limited/check.ts'
import hstsEnabled from './hsts-enabled/check.ts'
import inputsEncoded from './inputs-encoded/check.ts'
import installHookSigned from './install-hook-signed/check.ts'
import leastPrivilegeScopes from './least-privilege-scopes/check.ts'
import manifestSecretsAbsent from './manifest-secrets-absent/check.ts'
import modulePagesAuthenticated from './module-pages-authenticated/check.ts'
import nothingLeaked from './nothing-leaked/check.ts'
import plainHttpRefused from './plain-http-refused/check.ts'
import referrerPolicyStrict from './referrer-policy-strict/check.ts'
import redirectsOwn from './redirects-own/check.ts'
import securityTxtPresent from './security-txt-present/check.ts'
import sessionCookiesProtected from './session-cookies-protected/check.ts'
import subdomainsClaimed from './subdomains-claimed/check.ts'
import tlsVersionsModern from './tls-versions-modern/check.ts'

/** All checks. A new one is a folder and a line here. */
export const CHECKS: readonly Check[] = [
  bundleSecretsAbsent,
  cacheControlNoStore,
  certificateValid,
  cipherSuitesStrong,
  clientLibrariesPatched,
  connectAdminPermission,
  connectAlgorithmPinned,
  connectAuthenticationJwt,
  connectInstallVerified,
  connectQueryBound,
  connectSignatureVerified,
  connectTenantsApart,
  connectTokenLifetime,
  connectUninstallFinal,
  connectWebhooksAuthenticated,
  contentSecurityPolicyStrict,
  descriptorReachable,
  descriptorTidy,
  domainRegistered,
  foreignOriginsRefused,
  forgeCspStrict,
  forgeEgressExplicit,
  forgeRuntimeSupported,
  framingLimited,
  hstsEnabled,
  inputsEncoded,
  installHookSigned,
  leastPrivilegeScopes,
  manifestSecretsAbsent,
  modulePagesAuthenticated,
  nothingLeaked,
  plainHttpRefused,
  redirectsOwn,
  referrerPolicyStrict,
  securityTxtPresent,
  sessionCookiesProtected,
  subdomainsClaimed,
  tlsVersionsModern,
]
