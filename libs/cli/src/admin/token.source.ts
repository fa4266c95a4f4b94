import { readFileSync } from 'node:fs';
import { thrownMessage } from '@sluice/contracts';
import { CliError } from '../cli.error.js';

export const TOKEN_VARIABLE = 'SLUICE_TOKEN';

/**
 * The token for the admin HTTP: from a file, else from the variable. Never an argument, which every user of the machine
 * sees in the list of processes. @throws CliError
 */
export function tokenFrom(file: string | undefined, variable: string | undefined): string | undefined {
  const token = (file === undefined ? variable : read(file))?.trim();
  if (file !== undefined && token === '')
    throw new CliError('SLUICE-CLI-TOKEN-FILE', `${file} is empty`, ['write the token into it, and nothing else'], 2);
  if (token !== undefined && !/^[\x21-\x7e]*$/.test(token))
    throw new CliError(
      'SLUICE-CLI-TOKEN-INVALID',
      `the token ${file === undefined ? `in ${TOKEN_VARIABLE}` : `in ${file}`} has blanks, lines or characters that no header can carry`,
      ['a token is one word of ASCII letters, digits and signs'],
      2,
    );
  return token === '' ? undefined : token;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `the token file cannot be read: ${thrownMessage(cause)}`;
    throw new CliError('SLUICE-CLI-TOKEN-FILE', message, ['see --token-file'], 2, { cause });
  }
}
