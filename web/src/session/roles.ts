import type { Role } from './session'

/** Roles as people say them. */
export const ROLE_NAMES: Record<Role, string> = {
  LEARNER: 'Learner',
  TEACHER: 'Teacher',
  GUARDIAN: 'Guardian',
  ORGANIZATION_ADMIN: 'Admin',
  PLATFORM_ADMIN: 'Platform admin',
}

export function roleNames(roles: Role[]): string {
  return roles.map((role) => ROLE_NAMES[role]).join(', ')
}
