import type { OrganisationKind, Role } from '../roles.ts'

/** Roles in words that fit after "as". */
export const ROLE_WORDS = {
  'operator-admin': 'an administrator',
  'operator-reviewer': 'a reviewer',
  'operator-viewer': 'a viewer',
  'partner-admin': 'an administrator',
  'partner-member': 'a member',
  auditor: 'an auditor',
} as const satisfies Record<Role, string>

/** Kinds of organisations in words. */
export const KIND_WORDS = {
  operator: 'operator of this marketplace',
  partner: 'partner',
  buyer: 'buyer',
  researcher: 'security researcher',
  auditor: 'auditor',
} as const satisfies Record<OrganisationKind, string>
