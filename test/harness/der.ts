/**
 * The little of ASN.1's distinguished encoding (ITU-T X.690) that a certificate is made of: Node.js reads certificates
 * and makes keys and signatures, and has nothing that makes a certificate.
 */
type Part = Buffer;

const BASE_128 = 0x80;

function tagged(tag: number, ...parts: readonly Part[]): Part {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content)]), content]);
}

function lengthOf({ length }: Part): number[] {
  if (length < BASE_128) return [length];
  return length < 256 ? [BASE_128 | 1, length] : [BASE_128 | 2, length >> 8, length & 0xff]; // the shortest form only
}

export const sequence = (...parts: readonly Part[]) => tagged(0x30, ...parts);
export const set = (...parts: readonly Part[]) => tagged(0x31, ...parts);
export const octets = (...parts: readonly Part[]) => tagged(0x04, ...parts);
export const bits = (content: Part) => tagged(0x03, Buffer.from([0]), content);
export const integer = (value: Buffer) => tagged(0x02, value);
export const isTrue = () => tagged(0x01, Buffer.from([0xff]));
export const utf8 = (text: string) => tagged(0x0c, Buffer.from(text));
/** Of a choice or an optional field: `constructed` where other values are in it. */
export const context = (number: number, content: Part, constructed = false) =>
  tagged((constructed ? 0xa0 : 0x80) | number, content);

/** `2.5.29.17` */
export function objectId(dotted: string): Part {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const groups = [value % BASE_128];
  for (let left = Math.floor(value / BASE_128); left > 0; left = Math.floor(left / BASE_128)) {
    groups.unshift(BASE_128 | (left % BASE_128));
  }
  return groups;
}

/** To the second; for the years until 2049. */
export function utcTime(at: Date): Part {
  const digits = at.toISOString().replace(/\D/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}
