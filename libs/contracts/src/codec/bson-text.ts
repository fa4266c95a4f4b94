import { malformed } from './bson-bounds.js';
import { isUtf8Between } from './utf8.js';

/** The bytes `[start, end)` as text. @throws MalformedBsonError where they are not UTF-8: replaced silently, two texts could become one. */
export function utf8At(bson: Uint8Array, start: number, end: number): string {
  const bytes = bufferOver(bson, start, end);
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] ?? 0) >= 0x80) {
      if (!isUtf8Between(bson, start, end)) throw malformed('text that is not UTF-8', start);
      return bytes.toString('utf8');
    }
  }
  return bytes.toString('latin1');
}

/** The bytes `[start, end)` as a Buffer over the same memory. */
export function bufferOver(bson: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(bson.buffer, bson.byteOffset + start, end - start);
}
