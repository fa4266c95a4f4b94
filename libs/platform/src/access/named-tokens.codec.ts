import { ROLES, type Role } from './role.js';

/** A token as it is configured: its hash only, so that who reads the configuration cannot use it. */
export interface NamedToken {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token. */
  readonly digest: Buffer;
}

/** How one is written. */
export const NAMED_TOKEN_FORM = `name:role:hash, with a role of ${ROLES.join(', ')} and the SHA-256 of the token in 64 hexadecimal digits`;

const ENTRY = /^(?<name>[A-Za-z0-9._@-]{1,100}):(?<role>[a-z]+):(?<hash>[0-9a-fA-F]{64})$/;

/**
 * Reads tokens as `name:role:hash`, between commas or blanks or one a line, with comments behind `#`. Faults name the
 * entry by its number: its text may be a token that somebody pasted in place of the hash.
 */
export function parseNamedTokens(text: string): { tokens: NamedToken[]; faults: string[] } {
  const entries = text
    .replace(/#.*$/gm, '')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  const tokens: NamedToken[] = [];
  const faults: string[] = [];
  entries.forEach((entry, index) => {
    const token = namedToken(entry);
    if (token === undefined) faults.push(`entry ${index + 1} is not of that form (not shown)`);
    else if (tokens.some(({ name }) => name === token.name)) faults.push(`two entries are named ${token.name}`);
    else tokens.push(token);
  });
  return { tokens, faults };
}

function namedToken(entry: string): NamedToken | undefined {
  const { name, role, hash } = ENTRY.exec(entry)?.groups ?? {};
  const known = ROLES.find((each) => each === role);
  if (name === undefined || known === undefined || hash === undefined) return undefined;
  return { name, role: known, digest: Buffer.from(hash, 'hex') };
}
