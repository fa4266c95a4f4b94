import { utf8At } from './bson-text.js';

const SLOTS = 1024;
const LONGEST = 64;

/**
 * Field names that were decoded lately: the changes of a stream have the same ones, and comparing bytes is several
 * times cheaper than making a string. Bounded, so that hostile names cannot fill the memory.
 */
const known = new Array<string | undefined>(SLOTS);

/** The name in the bytes `[start, end)`. @throws MalformedBsonError where it is not UTF-8 */
export function nameAt(bson: Uint8Array, start: number, end: number): string {
  if (end - start > LONGEST) return utf8At(bson, start, end);
  let hash = 0;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bson[at] ?? 0)) | 0;
  const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1);
  const name = known[slot];
  if (name !== undefined && isAsciiAt(bson, start, end, name)) return name;
  const decoded = utf8At(bson, start, end);
  known[slot] = decoded;
  return decoded;
}

/** Only for ASCII: there a byte is a character. Other names are decoded each time. */
function isAsciiAt(bson: Uint8Array, start: number, end: number, name: string): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) {
    const byte = bson[start + i] ?? 0;
    if (byte >= 0x80 || byte !== name.charCodeAt(i)) return false;
  }
  return true;
}
