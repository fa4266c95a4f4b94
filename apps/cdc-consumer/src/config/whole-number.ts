import { z } from 'zod';

/** A whole number from `min` to `max`; the message says what it counts. */
export function whole(what: string, min: number, max: number, fallback: number) {
  const allowed = `${what}, ${min} to ${max}`;
  return z.coerce.number(allowed).int(allowed).min(min, allowed).max(max, allowed).default(fallback);
}
