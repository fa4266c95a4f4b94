import { inspect } from 'node:util';
import { secretMaskOf } from '../settings/secret.source.js';
import { EXIT_CONFIG } from '../settings/settings.error.js';
import { setHeapFlags } from './heap.flags.js';
import { tellSourceLines } from './source.lines.js';

/** What Node.js ends with after an error that nobody took. */
const EXIT_FAILED = 1;

/**
 * Runs an app's main. What its user can mend (a setting, a taken port, a handler file without a handler: every error
 * with a code of ours) is told in plain sentences, without a stack, and ends with 78. What nobody took, now or later
 * (a handler's promise that nobody waits for), ends it as Node.js would, by a last word of ours: Node's quotes whatever
 * the error quotes. Of none of them a secret is told.
 */
export async function runMain(main: () => Promise<void>): Promise<void> {
  setHeapFlags();
  tellSourceLines();
  process.on('uncaughtException', (error) => end(EXIT_FAILED, inspect(error)));
  try {
    await main();
  } catch (error) {
    if (isOurs(error)) end(EXIT_CONFIG, sentence(error));
    else end(EXIT_FAILED, inspect(error));
  }
}

function end(code: number, lastWord: string): void {
  process.stderr.write(`${secretMaskOf(process.env).apply(lastWord)}\n`);
  process.exit(code);
}

function sentence({ code, message }: Error & { code: string }): string {
  return message.startsWith(code) ? message : `${code}  ${message}`;
}

function isOurs(error: unknown): error is Error & { code: string } {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('SLUICE-')
  );
}
