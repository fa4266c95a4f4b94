import { readFileSync } from 'node:fs';
import { NAMED_TOKEN_FORM, parseNamedTokens, type NamedToken } from './named-tokens.codec.js';

/** The file of tokens cannot be read, or what it holds is malformed. */
export class TokensFileInvalidError extends Error {
  readonly code = 'SLUICE-TOKENS-FILE-INVALID';
  constructor(
    path: string,
    readonly found: string,
  ) {
    super(`SLUICE-TOKENS-FILE-INVALID  ${path}: ${found}; allowed: one a line, ${NAMED_TOKEN_FORM}`);
    this.name = 'TokensFileInvalidError';
  }
}

/** @throws TokensFileInvalidError */
export function readTokensFile(path: string): NamedToken[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new TokensFileInvalidError(path, `it cannot be read (${String((error as NodeJS.ErrnoException).code)})`); // node:fs throws nothing else
  }
  const { tokens, faults } = parseNamedTokens(text);
  if (faults.length > 0) throw new TokensFileInvalidError(path, faults.join('; '));
  return tokens;
}
