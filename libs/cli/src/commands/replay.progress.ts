import { setTimeout as sleep } from 'node:timers/promises';
import { deadLetterOperationSchema, type DeadLetterOperation } from '@sluice/contracts';
import { CliError } from '../cli.error.js';
import { count } from '../output/text.view.js';
import type { Session } from '../session.js';

const ASK_EVERY_MS = 500;

/** Waits for the end of a replay, and says how far it is. Ctrl-C ends the waiting, not the replay. */
export async function followReplay(
  { consumer, around }: Session,
  begun: DeadLetterOperation,
): Promise<DeadLetterOperation> {
  const { terminal, signal } = around;
  let operation = begun;
  let told = '';
  while (operation.state === 'running') {
    const text = `replayed ${count(operation.taken)}, ${count(operation.scanned)} of ${count(operation.total)} looked at\n`;
    if (text !== told && terminal.width !== undefined) terminal.note((told = text));
    await sleep(ASK_EVERY_MS, undefined, { signal }).catch(() => {
      throw goesOn(operation.id);
    });
    operation = await consumer.ask(`/dead-letters/operations/${operation.id}`, deadLetterOperationSchema);
  }
  if (operation.state === 'failed' || operation.state === 'interrupted')
    throw new CliError(
      'SLUICE-CLI-REPLAY-ENDED',
      `the replay ${operation.state === 'failed' ? 'has failed' : 'was interrupted'} after ${count(operation.taken)} letters${operation.error === null ? '' : `: ${operation.error}`}`,
      ['what it has not replayed is still there; call it again'],
    );
  return operation;
}

function goesOn(id: string): CliError {
  return new CliError('SLUICE-CLI-INTERRUPTED', 'the replay goes on without this command', [
    `to end it: sluice dead-letters cancel ${id}`,
    'to see how far it is: sluice dead-letters operations',
  ]);
}
