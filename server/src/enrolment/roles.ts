/** What an organisation is in its marketplace. */
export type OrganisationKind = 'operator' | 'partner' | 'buyer' | 'researcher' | 'auditor'

/** What a person may be in an organisation. */
export type Role = 'operator-admin' | 'operator-reviewer' | 'operator-viewer' | 'partner-admin' | 'partner-member' | 'auditor'

/**
 * Which roles an organisation can give out. This is a wall, not a convenience: a partner's administrator who invites
 * somebody as `operator-admin` into the partner's own organisation must not get an operator that way.
 */
export const ROLES_OF = {
  operator: ['operator-admin', 'operator-reviewer', 'operator-viewer'],
  partner: ['partner-admin', 'partner-member'],
  auditor: ['auditor'],
  // Buyers and researchers read public pages; they have no signed-in acts yet.
  buyer: [],
  researcher: [],
} as const satisfies Record<OrganisationKind, readonly Role[]>

/** The role that a text names, when an organisation of that kind gives it out; null otherwise. */
export function roleIn(kind: string, role: string): Role | null {
  const roles: readonly Role[] = kind in ROLES_OF ? ROLES_OF[kind as OrganisationKind] : []
  return roles.find((one) => one === role) ?? null
}
