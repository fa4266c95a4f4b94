const ORDER = new Intl.Collator('en', { numeric: true });

/**
 * Whether one deployment is later than another, by `DEPLOYMENT`: `10` is later than `9`, `2026-11-22` than
 * `2026-11-03`. Where either has none nobody can say: neither is later.
 */
export function isLater(some: string | null, other: string | null): boolean {
  return some !== null && other !== null && ORDER.compare(some, other) > 0;
}
