/** Inserts orders at a steady rate, a few at a time, and notes when each was acknowledged. */
import { MongoClient } from 'mongodb';
import { nowMs } from '../lib/clock.mjs';
import { EventLog } from '../lib/event-log.mjs';
import { anOrder } from '../lib/order.mjs';

const MOST_AT_ONCE = 500;
const { BENCH_MONGODB, BENCH_DATABASE, BENCH_COLLECTION, BENCH_RATE, BENCH_EVENTS, BENCH_BYTES } = process.env;
const [rate, events, bytes] = [BENCH_RATE, BENCH_EVENTS, BENCH_BYTES].map(Number);

const log = EventLog.fromEnvironment();
const client = await MongoClient.connect(BENCH_MONGODB);
const orders = client.db(BENCH_DATABASE).collection(BENCH_COLLECTION);
const start = nowMs();
for (let n = 0; n < events;) {
  const due = Math.min(events, Math.floor(((nowMs() - start) * rate) / 1000));
  const size = Math.min(due - n, MOST_AT_ONCE);
  if (size > 0) {
    await orders.insertMany(Array.from({ length: size }, (_, index) => anOrder(n + index, bytes)));
    const acknowledged = nowMs();
    for (const last = n + size; n < last; n += 1) log.note(n, acknowledged);
  } else await new Promise((resolve) => setTimeout(resolve, 1));
}
log.flush();
await client.close();
