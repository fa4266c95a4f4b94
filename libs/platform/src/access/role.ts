/** What a caller may do, from least to most; each may do what those before it may. */
export const ROLES = ['metrics', 'viewer', 'operator'] as const;
/** `metrics`: scrape `/metrics`. `viewer`: read everything. `operator`: change things too. */
export type Role = (typeof ROLES)[number];

/** Whether a caller with the first role may do what needs the second. */
export function covers(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** What a route needs that does not say: whatever may change something is an operator's. */
export function roleForMethod(method: string): Role {
  return ['GET', 'HEAD'].includes(method.toUpperCase()) ? 'viewer' : 'operator';
}
