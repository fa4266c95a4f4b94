import { join } from 'node:path';
import { whileHolding } from './lock.mjs';
import { privateDir } from './paths.mjs';
import { sweep } from './processes.mjs';

const scope = join(privateDir, 'set-up');

/** The last piece of work of this process: its own pieces follow one another without taking each other for strangers. */
let queue = Promise.resolve();

/**
 * Runs what changes this clone for everybody (dependencies, build, installed servers): one run at a time, after ending
 * what a killed one left at work in the same place. `work` gets the scope for the processes that it starts.
 */
export function whileSettingUp({ say, signal }, work) {
  const onWait = () => say?.('waiting for another run that is setting up');
  const turn = queue.then(() =>
    whileHolding(scope, { onWait, signal }, async () => {
      await sweep(scope);
      return work(scope);
    }),
  );
  queue = turn.catch(() => undefined);
  return turn;
}
