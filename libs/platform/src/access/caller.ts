import { RequestInvalidError } from '../admin/request-invalid.error.js';
import type { Role } from './role.js';

/** What a caller is known by, for whoever stays connected after its request: a token may be taken back meanwhile. */
export interface CallerProof {
  /** SHA-256 of a configured token, in hexadecimal digits. */
  readonly tokenDigest?: string;
  /** When its JWT ends. */
  readonly expiresAt?: Date;
  /** What its JWT says. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Who makes a request, as its token proves. */
export class Caller {
  constructor(
    readonly role: Role,
    /** The token's name or the JWT's subject; null where the token has none (ADMIN_TOKEN) or none is asked for. */
    readonly name: string | null,
    readonly proof: CallerProof = {},
  ) {}

  /**
   * Whom the audit names. What is proven counts: `claimed`, the request's own word, only where the caller has no name.
   * @throws RequestInvalidError where there is neither
   */
  nameOr(claimed: string | undefined): string {
    const name = this.name ?? claimed;
    if (name === undefined) {
      const allowed = 'who asks, 1 to 100 characters (a token with a name of its own says it by itself)';
      throw new RequestInvalidError([{ field: 'by', found: 'nothing', allowed }]);
    }
    return name;
  }

  /** As `nameOr`, where the request need not say it. */
  nameOrNull(claimed: string | undefined): string | null {
    return this.name ?? claimed ?? null;
  }

  /** Who asks, and why, for what need not say either. */
  asking({ by, reason }: { by?: string | undefined; reason?: string | undefined }): {
    readonly by: string | null;
    readonly reason: string | null;
  } {
    return { by: this.nameOrNull(by), reason: reason ?? null };
  }
}
