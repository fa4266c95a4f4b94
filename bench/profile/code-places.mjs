/** Where time or memory may go, by the address of the code; the first that fits counts. */
const PLACES = [
  ['collecting', ({ functionName }) => functionName === '(garbage collector)'],
  ['messaging', ({ url }) => /node_modules\/(amqplib|amqp-connection-manager)\//.test(url)],
  ['driver', ({ url }) => /node_modules\/(mongodb|bson|mongoose)\//.test(url)],
  ['packages', ({ url }) => url.includes('/node_modules/')],
  ['sluice', ({ url }) => url.includes('/dist/')],
  ['node', () => true],
];

/** The share of each place in percent, and the functions with most, of weights by call frame. */
export function sharesOf(weights, { functions }) {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  const shares = Object.fromEntries(PLACES.map(([place]) => [place, 0]));
  const byFunction = new Map();
  for (const [frame, weight] of weights) {
    const share = (weight / total) * 100;
    shares[PLACES.find(([, isIn]) => isIn(frame))[0]] += share;
    const name = nameOf(frame);
    byFunction.set(name, (byFunction.get(name) ?? 0) + share);
  }
  const top = [...byFunction].sort(([, a], [, b]) => b - a).slice(0, functions);
  return { total, shares, top: top.map(([name, share]) => `${share.toFixed(1).padStart(5)}%  ${name}`) };
}

/** `encodeRawChange (libs/contracts/src/envelope/envelope.encoder.js)`, without where this clone lies. */
function nameOf({ functionName, url, lineNumber }) {
  const name = functionName === '' ? `(anonymous, line ${lineNumber + 1})` : functionName;
  const place =
    /\/node_modules\/(.+)$/.exec(url)?.[1] ?? /\/dist\/cdc-\w+\/(.+)$/.exec(url)?.[1] ?? url.replace(/^.*\//, '');
  return place === '' ? name : `${name} (${place})`;
}
