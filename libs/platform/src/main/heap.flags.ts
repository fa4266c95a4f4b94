import { setFlagsFromString } from 'node:v8';

/**
 * What V8 is told of the apps, in which nearly every object belongs to one event and is garbage when that is through
 * (docs/performance-profile.md). Set here, so that it holds however an app is started:
 * - Objects are made young. While a window or a prefetch fills, all that is made survives, so that V8 begins to make
 *   such objects old at once ("pretenuring") and goes on with it: each event then waited for a full collection.
 * - The heap may grow by what is alive between two full collections. V8 by itself lets it grow to nearly three times as
 *   much while events pass at full speed, and their bodies with it. Half of what is alive is too little: bodies and the
 *   driver's replies, outside the heap, count as well, and are more than that by the time that a young collection frees
 *   them, so that a full one came instead of it, five times a second.
 *
 * Of young objects there is room for 16 MB, which only the command line can say (scripts/lib/node-flags.mjs).
 */
const FLAGS = ['--no-allocation-site-pretenuring', '--heap-growing-percent=100'];

/** To be called before anything else; V8 reads them at each compilation and collection. */
export function setHeapFlags(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}
