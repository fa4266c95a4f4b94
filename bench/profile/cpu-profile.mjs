import { sharesOf } from './code-places.mjs';

const IDLE = new Set(['(idle)', '(root)']);

/**
 * What a `.cpuprofile` of V8 comes to: the share of each place in percent of the time that was not idle, and the
 * functions that took most of it by themselves. Only what lies between `fromMs` and `toMs` counts, on the kernel's
 * monotonic clock, as V8 uses it too: starting an app takes longer than a short run.
 */
export function summarised({ nodes, samples, startTime, timeDeltas }, { functions, fromMs, toMs }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const own = new Map();
  let at = startTime / 1000;
  samples.forEach((id, index) => {
    at += timeDeltas[index] / 1000;
    if (at >= fromMs && at <= toMs) own.set(id, (own.get(id) ?? 0) + timeDeltas[index]);
  });
  const busy = [...own]
    .map(([id, time]) => [frames.get(id), time])
    .filter(([{ functionName }]) => !IDLE.has(functionName));
  const { shares, top } = sharesOf(busy, { functions });
  return { shares, top };
}
