import { createHash, timingSafeEqual } from 'node:crypto';
import { Caller } from './caller.js';
import type { NamedToken } from './named-tokens.codec.js';

/** What a token, or whatever else lets somebody in, is compared and kept by. */
export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The tokens that count now. */
export class TokenRegister {
  private fromFile: readonly NamedToken[] = [];

  /** `adminToken`: the simplest form, one operator without a name. */
  constructor(
    private readonly adminToken: Buffer | undefined,
    private readonly fromEnvironment: readonly NamedToken[],
  ) {}

  /** Takes what the file holds now in place of what it held; revoked tokens are refused from the next request on. */
  replaceFromFile(tokens: readonly NamedToken[]): void {
    this.fromFile = tokens;
  }

  /**
   * Whose token this is. Every one is compared, each in constant time, also after a hit: how long it takes says nothing
   * of which one is right, or nearly so.
   */
  find(digest: Buffer): Caller | undefined {
    const proof = { tokenDigest: digest.toString('hex') };
    let found: Caller | undefined;
    if (this.adminToken !== undefined && timingSafeEqual(this.adminToken, digest)) {
      found = new Caller('operator', null, proof);
    }
    for (const { name, role, digest: own } of [...this.fromEnvironment, ...this.fromFile]) {
      if (timingSafeEqual(own, digest)) found ??= new Caller(role, name, proof);
    }
    return found;
  }

  /** `ops (operator)`, for the log. */
  describe(): string[] {
    return [
      ...(this.adminToken === undefined ? [] : ['ADMIN_TOKEN (operator)']),
      ...[...this.fromEnvironment, ...this.fromFile].map(({ name, role }) => `${name} (${role})`),
    ];
  }
}
