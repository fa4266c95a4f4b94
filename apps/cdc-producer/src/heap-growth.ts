import { setFlagsFromString } from 'node:v8';

/**
 * How much the heap may grow between two full collections, in percent of what is alive. V8 by itself lets it grow to
 * nearly three times as much while events pass at full speed, and their bodies with it: 140 MB above idle in place of
 * 64 (docs/performance-profile.md). Set here, so that it holds however the app is started; V8 reads it at each collection.
 */
const HEAP_GROWTH_PERCENT = 100;

export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
}
