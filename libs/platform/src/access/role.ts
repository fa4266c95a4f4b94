/** What a caller may do, from least to most. */
export const ROLES = ['subscriber', 'metrics', 'viewer', 'operator'] as const;
/**
 * `subscriber`: live push, and there what is granted. `metrics`: scrape `/metrics`. `viewer`: read everything.
 * `operator`: change things too.
 */
export type Role = (typeof ROLES)[number];

/** Whoever scrapes has no business with documents, and a page that shows documents none with metrics. */
const COVERS: Readonly<Record<Role, readonly Role[]>> = {
  subscriber: ['subscriber'],
  metrics: ['metrics'],
  viewer: ['subscriber', 'metrics', 'viewer'],
  operator: ROLES,
};

/** Whether a caller with the first role may do what needs the second. */
export function covers(role: Role, needed: Role): boolean {
  return COVERS[role].includes(needed);
}

/** What a route needs that does not say: whatever may change something is an operator's. */
export function roleForMethod(method: string): Role {
  return ['GET', 'HEAD'].includes(method.toUpperCase()) ? 'viewer' : 'operator';
}
