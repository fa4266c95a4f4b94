import { isUtf8 } from 'node:buffer';

/** Up to here a loop is faster than calling into the runtime. */
const SHORT_BYTES = 96;

/** Whether the bytes `[start, end)` are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
export function isUtf8Between(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > SHORT_BYTES) return isUtf8(bytes.subarray(start, end));
  let at = start;
  while (at < end) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) at++;
    else {
      const length = sequenceLength(lead);
      if (length === 0 || at + length > end || !continues(bytes, at, length, lead)) return false;
      at += length;
    }
  }
  return true;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/** The second byte's range depends on the first: https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G27506 */
function continues(bytes: Uint8Array, at: number, length: number, lead: number): boolean {
  const second = bytes[at + 1] ?? 0;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return false;
  for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return false;
  return true;
}
