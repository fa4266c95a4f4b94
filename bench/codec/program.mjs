/** Reads or writes one body again and again, in the way that is named, and prints microseconds of CPU for each time. */
import { BSON } from 'mongodb';
import { extendedJsonOf, parseExtendedJson } from '../../dist/cdc-consumer/libs/contracts/src/index.js';
import { changeMessage, orderId } from '../consumer/messages.mjs';
import { anOrder } from '../lib/order.mjs';

const [way, bytes, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const WARM_MS = 500;
const AT_ONCE = 200;

const exact = { promoteValues: false };
const { body } = changeMessage({ n: 0, _id: orderId(0), fields: anOrder(0, bytes), format: 'json' });
const text = body.toString();
const bson = BSON.serialize(BSON.EJSON.parse(text, { relaxed: false }));

const WAYS = {
  'write-ejson': () => BSON.EJSON.stringify(BSON.deserialize(bson, exact), { relaxed: false }),
  'write-sluice': () => extendedJsonOf(bson),
  'read-json': () => JSON.parse(text),
  'read-ejson': () => BSON.EJSON.parse(text, { relaxed: false }),
  'read-sluice': () => parseExtendedJson(text),
};

/** Microseconds for each time, over so many milliseconds. */
function measured(once, milliseconds) {
  const until = performance.now() + milliseconds;
  const before = process.cpuUsage();
  let times = 0;
  let kept; // or the work could be left out
  for (; performance.now() < until; times += AT_ONCE) for (let n = 0; n < AT_ONCE; n += 1) kept = once();
  const { user, system } = process.cpuUsage(before);
  if (kept === undefined) throw new Error('nothing was made');
  return (user + system) / times;
}

measured(WAYS[way], WARM_MS);
const cpuMicroseconds = measured(WAYS[way], seconds * 1000);
process.stdout.write(JSON.stringify({ cpuMicroseconds, bodyBytes: body.length }));
