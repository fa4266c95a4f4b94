import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { thrownMessage } from '@sluice/contracts';
import { IdentityProviderAwayError, TokenRefusedError } from './access.errors.js';
import { Caller } from './caller.js';
import { covers, ROLES, type Role } from './role.js';

/** Whose JWTs are accepted, and where they say the role. */
export interface JwtOptions {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** Claim with a role or a list of roles; dots go into objects (`realm_access.roles`). */
  readonly roleClaim: string;
}

/** Signed by the provider's private key only: with a symmetric algorithm, who can check could also issue. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const FETCH_LIMIT_MS = 5_000;
const CLOCK_TOLERANCE_S = 30;

/** Checks JWTs of an identity provider by the keys at its JWKS URL, which are fetched when needed and kept. */
export class JwtVerifier {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(private readonly options: JwtOptions) {
    this.keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: FETCH_LIMIT_MS });
  }

  /** @throws TokenRefusedError, IdentityProviderAwayError */
  async verify(jwt: string): Promise<Caller> {
    const { issuer, audience, roleClaim } = this.options;
    const { payload } = await jwtVerify(jwt, this.keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['sub', 'exp'],
    }).catch((error: unknown) => {
      throw refusalFor(error);
    });
    const role = highestRole(claimAt(payload, roleClaim));
    if (role === undefined) {
      throw new TokenRefusedError(`the JWT names none of the roles ${ROLES.join(', ')} in its claim ${roleClaim}`);
    }
    const expiresAt = new Date(((payload.exp ?? 0) + CLOCK_TOLERANCE_S) * 1_000);
    return new Caller(role, payload.sub ?? null, { expiresAt, claims: payload });
  }
}

/** Three parts of base64url: anything else cannot be one, and needs no keys to be refused. */
export function looksLikeJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

/** A claim by its name; dots go into objects. */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]; // names of claims are often URLs, with dots of their own
  return path.split('.').reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key] // has it, as was just asked
        : undefined,
    claims,
  );
}

function highestRole(claim: unknown): Role | undefined {
  const named: readonly unknown[] = Array.isArray(claim) ? claim : String(claim).split(' ');
  return ROLES.filter((role) => named.includes(role)).reduce<Role | undefined>(
    (best, role) => (best === undefined || covers(role, best) ? role : best),
    undefined,
  );
}

function refusalFor(error: unknown): Error {
  if (error instanceof errors.JWTExpired) return new TokenRefusedError('the JWT has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new TokenRefusedError(`the claim ${error.claim} of the JWT is not the one that is asked for`);
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed) {
    return new TokenRefusedError('the JWT is not signed by the identity provider');
  }
  if (FAULTS_OF_THE_TOKEN.some((kind) => error instanceof kind)) return new TokenRefusedError('the JWT is malformed');
  return new IdentityProviderAwayError(thrownMessage(error));
}

const FAULTS_OF_THE_TOKEN = [
  errors.JWSInvalid,
  errors.JWTInvalid,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSMultipleMatchingKeys,
];
