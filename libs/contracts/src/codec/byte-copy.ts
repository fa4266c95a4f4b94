/** Up to so many bytes a loop is faster than calling into the runtime. */
const SHORT = 64;

/** Bytes of the text in UTF-8. */
export function utf8Length(text: string): number {
  return isShortAscii(text) ? text.length : Buffer.byteLength(text);
}

/** Writes the text as UTF-8 at `at`; answers where it ends. */
export function writeUtf8(target: Buffer, text: string, at: number): number {
  if (!isShortAscii(text)) return at + target.write(text, at);
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** Copies the bytes `[start, end)` of `source` to `at`; answers where they end. */
export function copyBytes(target: Buffer, source: Uint8Array, start: number, end: number, at: number): number {
  if (end - start > SHORT) target.set(source.subarray(start, end), at);
  else for (let i = start; i < end; i++) target[at + i - start] = source[i] ?? 0;
  return at + end - start;
}

/** Writes a little-endian int32 at `at`; answers where it ends. */
export function writeInt32(target: Buffer, value: number, at: number): number {
  target[at] = value & 0xff;
  target[at + 1] = (value >>> 8) & 0xff;
  target[at + 2] = (value >>> 16) & 0xff;
  target[at + 3] = value >>> 24;
  return at + 4;
}

function isShortAscii(text: string): boolean {
  if (text.length > SHORT) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}
