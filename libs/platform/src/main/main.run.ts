import { EXIT_CONFIG } from '../settings/settings.error.js';

/**
 * Runs an app's main. What its user can mend (a setting, a taken port, a handler file without a handler: every error
 * with a code of ours) is told in plain sentences, without a stack, and ends with 78.
 */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!isOurs(error)) throw error;
    process.stderr.write(`${error.message.startsWith(error.code) ? '' : `${error.code}  `}${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

function isOurs(error: unknown): error is Error & { code: string } {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('SLUICE-')
  );
}
