const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/), fed piece by piece. */
export const HASH_START = FNV_OFFSET | 0;

export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV_PRIME);
}

export function hashBytes(hash: number, bytes: Uint8Array, start = 0, end = bytes.length): number {
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
  return hash;
}

export function hashInt32(hash: number, value: number): number {
  hash = hashByte(hash, value & 0xff);
  hash = hashByte(hash, (value >>> 8) & 0xff);
  hash = hashByte(hash, (value >>> 16) & 0xff);
  return hashByte(hash, value >>> 24);
}

/** MurmurHash3's finaliser: FNV's high bits change little with the last bytes, which is where ids count up. */
export function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
