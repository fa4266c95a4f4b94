import type { Caller } from '@sluice/platform';

/** Without tokens nobody has a name: only the limits for all count. */
export const NOBODY = '';

/** Whom connections and tickets are counted for. */
export function ownerOf({ name, role, proof }: Caller): string {
  if (name !== null) return `name ${name}`;
  return proof.tokenDigest === undefined ? NOBODY : `role ${role}`;
}
