import { inspect } from 'node:util';
import { secretMaskOf } from '../settings/secret.source.js';
import { EXIT_CONFIG } from '../settings/settings.error.js';

/** What Node.js ends with after an error that nobody took. */
const EXIT_FAILED = 1;

/**
 * Runs an app's main. What its user can mend (a setting, a taken port, a handler file without a handler: every error
 * with a code of ours) is told in plain sentences, without a stack, and ends with 78. Of both kinds no secret is told.
 */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${secretMaskOf(process.env).apply(isOurs(error) ? sentence(error) : inspect(error))}\n`);
    process.exit(isOurs(error) ? EXIT_CONFIG : EXIT_FAILED);
  }
}

function sentence({ code, message }: Error & { code: string }): string {
  return message.startsWith(code) ? message : `${code}  ${message}`;
}

function isOurs(error: unknown): error is Error & { code: string } {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('SLUICE-')
  );
}
