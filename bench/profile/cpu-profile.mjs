/** Where time may go, by the address of the code; the first that fits counts. */
const PLACES = [
  ['collecting', ({ functionName }) => functionName === '(garbage collector)'],
  ['messaging', ({ url }) => /node_modules\/(amqplib|amqp-connection-manager)\//.test(url)],
  ['driver', ({ url }) => /node_modules\/(mongodb|bson|mongoose)\//.test(url)],
  ['packages', ({ url }) => url.includes('/node_modules/')],
  ['sluice', ({ url }) => url.includes('/dist/')],
  ['node', () => true],
];
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
  const busy = [...own].filter(([id]) => !IDLE.has(frames.get(id).functionName));
  const total = busy.reduce((sum, [, time]) => sum + time, 0);
  const shares = Object.fromEntries(PLACES.map(([place]) => [place, 0]));
  const byFunction = new Map();
  for (const [id, time] of busy) {
    const frame = frames.get(id);
    const share = (time / total) * 100;
    shares[PLACES.find(([, isIn]) => isIn(frame))[0]] += share;
    const name = nameOf(frame);
    byFunction.set(name, (byFunction.get(name) ?? 0) + share);
  }
  const top = [...byFunction].sort(([, a], [, b]) => b - a).slice(0, functions);
  return { shares, top: top.map(([name, share]) => `${share.toFixed(1).padStart(5)}%  ${name}`) };
}

/** `encodeRawChange (libs/contracts/src/envelope/envelope.encoder.js)`, without where this clone lies. */
function nameOf({ functionName, url, lineNumber }) {
  const name = functionName === '' ? `(anonymous, line ${lineNumber + 1})` : functionName;
  const place =
    /\/node_modules\/(.+)$/.exec(url)?.[1] ?? /\/dist\/cdc-\w+\/(.+)$/.exec(url)?.[1] ?? url.replace(/^.*\//, '');
  return place === '' ? name : `${name} (${place})`;
}
