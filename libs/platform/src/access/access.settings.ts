import { z } from 'zod';
import type { SettingsFault } from '../settings/settings.error.js';
import type { JwtOptions } from './jwt.verifier.js';
import { isLoopback } from './loopback.js';
import { NAMED_TOKEN_FORM, parseNamedTokens, type NamedToken } from './named-tokens.codec.js';
import { readTokensFile, TokensFileInvalidError } from './tokens-file.source.js';

const tokenList = z.string().transform((text, context): readonly NamedToken[] => {
  const { tokens, faults } = parseNamedTokens(text);
  if (tokens.length === 0 && faults.length === 0) faults.push('there is no entry');
  if (faults.length > 0) context.addIssue(`${NAMED_TOKEN_FORM}, between commas; ${faults.join('; ')}`);
  return tokens;
});

/** Who may use the admin HTTP. */
export const accessEnvironment = {
  /** The simplest form: one operator. */
  ADMIN_TOKEN: z.string().min(16, 'at least 16 characters').optional(),
  ADMIN_TOKENS: tokenList.optional(),
  ADMIN_TOKENS_FILE: z.string().min(1, 'the path of a file').optional(),
  ADMIN_JWKS_URL: z
    .url({ protocol: /^https?$/, error: "the URL of the identity provider's JSON Web Key Set" })
    .optional(),
  ADMIN_JWT_ISSUER: z.string().min(1, 'what the claim iss must be').optional(),
  ADMIN_JWT_AUDIENCE: z.string().min(1, 'what the claim aud must have').optional(),
  ADMIN_JWT_ROLE_CLAIM: z.string().min(1, 'the name of a claim').default('role'),
} as const;

const ACCESS_NAMES = ['ADMIN_TOKEN', 'ADMIN_TOKENS', 'ADMIN_TOKENS_FILE', 'ADMIN_JWKS_URL'];

/** The part of the environment that says who has access; what is not set may be left out. */
export interface AccessEnvironment {
  readonly ADMIN_TOKEN?: string | undefined;
  readonly ADMIN_TOKENS?: readonly NamedToken[] | undefined;
  readonly ADMIN_TOKENS_FILE?: string | undefined;
  readonly ADMIN_JWKS_URL?: string | undefined;
  readonly ADMIN_JWT_ISSUER?: string | undefined;
  readonly ADMIN_JWT_AUDIENCE?: string | undefined;
  readonly ADMIN_JWT_ROLE_CLAIM?: string | undefined;
  readonly HTTP_TLS_CA_FILE?: string | undefined;
}

/** The same as the parts that use it want it. */
export class AccessSettings {
  readonly adminToken: string | undefined;
  readonly tokens: readonly NamedToken[];
  readonly tokensFile: string | undefined;
  readonly jwt: JwtOptions | undefined;
  /** Beside the token: a client certificate, whose signer is in that file. */
  readonly asksForCertificate: boolean;

  constructor(environment: AccessEnvironment) {
    const { ADMIN_JWKS_URL, ADMIN_JWT_ISSUER, ADMIN_JWT_AUDIENCE, ADMIN_JWT_ROLE_CLAIM = 'role' } = environment;
    this.adminToken = environment.ADMIN_TOKEN;
    this.tokens = environment.ADMIN_TOKENS ?? [];
    this.tokensFile = environment.ADMIN_TOKENS_FILE;
    this.asksForCertificate = environment.HTTP_TLS_CA_FILE !== undefined;
    this.jwt =
      ADMIN_JWKS_URL === undefined || ADMIN_JWT_ISSUER === undefined || ADMIN_JWT_AUDIENCE === undefined
        ? undefined // all three or none: accessFaults
        : {
            jwksUrl: ADMIN_JWKS_URL,
            issuer: ADMIN_JWT_ISSUER,
            audience: ADMIN_JWT_AUDIENCE,
            roleClaim: ADMIN_JWT_ROLE_CLAIM,
          };
  }

  /** False: open to this machine alone. A file that has come to hold no token lets nobody in. */
  get asksForToken(): boolean {
    return [this.adminToken, this.tokensFile, this.jwt].some((part) => part !== undefined) || this.tokens.length > 0;
  }
}

type Input = Readonly<Record<string, string | undefined>>;

/** What no single variable shows: that nobody else has access, and that what gives it is whole. */
export function accessFaults(input: Input): SettingsFault[] {
  return [...openFaults(input), ...fileFaults(input), ...jwtFaults(input)];
}

/** Node's fetch takes none there: every JWT would be answered 503. */
const CREDENTIALS_IN_URL: SettingsFault = {
  path: 'ADMIN_JWKS_URL',
  found: 'a URL with a user or a password in it (not shown)',
  allowed: 'the address alone: the keys are public, and are fetched without a log-in',
};

/** Without a token the admin HTTP is for this machine alone. */
function openFaults(input: Input): SettingsFault[] {
  const host = input['HTTP_HOST'] ?? '127.0.0.1';
  if (ACCESS_NAMES.some((name) => input[name] !== undefined) || isLoopback(host)) return [];
  const allowed =
    'a token of at least 16 characters (or ADMIN_TOKENS, ADMIN_TOKENS_FILE, ADMIN_JWKS_URL), or HTTP_HOST=127.0.0.1: without a token the admin HTTP listens on loopback only';
  return [{ path: 'ADMIN_TOKEN', found: `nothing, while HTTP_HOST is ${host}`, allowed }];
}

function fileFaults({ ADMIN_TOKENS_FILE: path }: Input): SettingsFault[] {
  if (path === undefined) return [];
  const fault = (found: string) => [
    {
      path: 'ADMIN_TOKENS_FILE',
      found: `${path}: ${found}`,
      allowed: `a file with one token a line, ${NAMED_TOKEN_FORM}`,
    },
  ];
  try {
    return readTokensFile(path).length === 0 ? fault('it holds no token') : [];
  } catch (error) {
    if (error instanceof TokensFileInvalidError) return fault(error.found);
    throw error;
  }
}

function jwtFaults(input: Input): SettingsFault[] {
  const { ADMIN_JWKS_URL: url } = input;
  const given = ['ADMIN_JWT_ISSUER', 'ADMIN_JWT_AUDIENCE'].filter((name) => input[name] !== undefined);
  if (url === undefined) {
    const found = 'a value, without ADMIN_JWKS_URL';
    return given.map((path) => ({ path, found, allowed: 'together with ADMIN_JWKS_URL, which says whose keys count' }));
  }
  const missing = ['ADMIN_JWT_ISSUER', 'ADMIN_JWT_AUDIENCE'].filter((name) => !given.includes(name));
  const allowed = 'its value in the JWTs that are for Sluice: otherwise any JWT of that identity provider would do';
  const faults: SettingsFault[] = missing.map((path) => ({
    path,
    found: 'nothing, while ADMIN_JWKS_URL is set',
    allowed,
  }));
  const parsed = URL.canParse(url) ? new URL(url) : undefined; // what is no URL is told by the schema
  if (parsed !== undefined && `${parsed.username}${parsed.password}` !== '') faults.push(CREDENTIALS_IN_URL);
  if (parsed?.protocol !== 'http:' || isLoopback(parsed.hostname)) return faults;
  return [
    ...faults,
    {
      path: 'ADMIN_JWKS_URL',
      found: 'a URL of http:',
      allowed: 'https: (http: only on this machine): who changes the keys on their way is let in',
    },
  ];
}
