import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** By polling: a mounted secret is a link to a folder that is exchanged, which events of the file do not show. */
const LOOK_MS = 1_000;
/**
 * A file's times come from a clock that ticks every few milliseconds. What was changed just before a look may change
 * again within the same tick, and look as before: the next look takes it for changed.
 * https://git-scm.com/docs/racy-git
 */
const TICK_MS = 100;

/** How a file was found. */
interface Look {
  readonly as: string;
  /** It had been changed so shortly before that a later change may not show. */
  readonly isFresh: boolean;
}

/**
 * Calls `read` at once, and again whenever one of the files has changed. Answers what ends that. No change is missed:
 * whatever the files hold, `read` has been called, or will be, after the last change. So each look comes before the
 * reading that it belongs to; Node's own `watchFile` takes its first look some time after the call, and would take for
 * old what changes in between.
 */
export function watchFiles(paths: readonly string[], read: () => void): () => void {
  let known = paths.map(lookSync);
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const lookAgain = async (): Promise<void> => {
    const found = await Promise.all(paths.map(look));
    if (hasEnded) return;
    const isChanged = found.some(({ as }, at) => known[at]?.isFresh === true || known[at]?.as !== as);
    known = found;
    if (isChanged) read();
    next();
  };
  const next = () => (timer = setTimeout(() => void lookAgain(), LOOK_MS).unref());
  read();
  next();
  return () => {
    hasEnded = true;
    clearTimeout(timer);
  };
}

function lookSync(path: string): Look {
  try {
    return lookOf(statSync(path, { bigint: true }));
  } catch (error) {
    return lookOfNothing(error);
  }
}

function look(path: string): Promise<Look> {
  return stat(path, { bigint: true }).then(lookOf, lookOfNothing);
}

function lookOf({ dev, ino, size, mtimeNs, ctimeNs, ctimeMs }: BigIntStats): Look {
  const isFresh = Date.now() - Number(ctimeMs) < TICK_MS;
  return { as: [dev, ino, size, mtimeNs, ctimeNs].join(' '), isFresh };
}

function lookOfNothing(error: unknown): Look {
  return { as: String((error as NodeJS.ErrnoException).code), isFresh: false }; // node:fs throws nothing else
}
