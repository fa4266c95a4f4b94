import type { Role } from './role.js';

/** An answer about access, with the `WWW-Authenticate` that belongs to it (RFC 6750, section 3). */
abstract class AccessError extends Error {
  abstract readonly code: string;
  abstract readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;

  protected constructor(message: string, headers: Record<string, string>) {
    super(message);
    this.name = new.target.name;
    this.headers = headers;
  }
}

/** No token was sent. */
export class TokenMissingError extends AccessError {
  readonly code = 'SLUICE-TOKEN-MISSING';
  readonly httpStatus = 401;
  constructor() {
    super('no token came with the request; send one as "Authorization: Bearer <token>"', {
      'WWW-Authenticate': 'Bearer',
    });
  }
}

/** A token was sent, and it is none of ours. */
export class TokenRefusedError extends AccessError {
  readonly code = 'SLUICE-TOKEN-REFUSED';
  readonly httpStatus = 401;
  constructor(why: string) {
    super(why, { 'WWW-Authenticate': `Bearer error="invalid_token", error_description="${why.replaceAll('"', "'")}"` });
  }
}

/** The caller is known, and may not do this. */
export class RoleInsufficientError extends AccessError {
  readonly code = 'SLUICE-ROLE-INSUFFICIENT';
  readonly httpStatus = 403;
  constructor(has: Role, needed: Role) {
    super(`this needs the role ${needed}; the token has the role ${has}`, {
      'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${needed}"`,
    });
  }
}

/** Callers have to show a certificate (HTTP_TLS_CA_FILE), and this one has shown none that counts. */
export class CertificateMissingError extends AccessError {
  readonly code = 'SLUICE-CERTIFICATE-MISSING';
  readonly httpStatus = 403;
  constructor() {
    super('the connection shows no client certificate that is signed by one of HTTP_TLS_CA_FILE', {});
  }
}

/** Too many wrong tokens came from one address: further ones are not even looked at. */
export class LoginsThrottledError extends AccessError {
  readonly code = 'SLUICE-LOGINS-THROTTLED';
  readonly httpStatus = 429;
  constructor(retryAfterSeconds: number) {
    super(
      `too many wrong tokens came from this address; try again in ${retryAfterSeconds} s (tokens that were right before go on working)`,
      { 'Retry-After': String(retryAfterSeconds) },
    );
  }
}

/** Without a token the admin HTTP is for programs of this machine, not for web pages that its browser shows. */
export class PageForeignError extends AccessError {
  readonly code = 'SLUICE-PAGE-FOREIGN';
  readonly httpStatus = 403;
  constructor(found: string) {
    super(`the request comes from or for ${found}; without a token only localhost is served: configure one`, {});
  }
}

/** A JWT cannot be checked now, because its keys cannot be had. */
export class IdentityProviderAwayError extends AccessError {
  readonly code = 'SLUICE-IDENTITY-PROVIDER-AWAY';
  readonly httpStatus = 503;
  constructor(readonly reason: string) {
    super('the keys of ADMIN_JWKS_URL cannot be had now, so that no JWT can be checked; the log says why', {
      'Retry-After': '10',
    });
  }
}
