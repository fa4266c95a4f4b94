/** All the clients, in a process of their own: they note when each event was published, and when it was here. */
import { WebSocket } from 'ws';
import { EventLog } from '../lib/event-log.mjs';
import { NAMESPACE, topicsOf } from './load.mjs';

/** On their way at the same time: a server's backlog of connections is finite. */
const AT_ONCE = 50;
/** Subscriptions of the stuck one, each to everything: more than any buffer holds. */
const STUCK_SUBSCRIPTIONS = 4;
const AT = '"publishedAt":"';
const { BENCH_URL, BENCH_TOKEN, BENCH_CONNECTIONS, BENCH_STUCK, BENCH_READY } = process.env;
const namespace = `${NAMESPACE.db}.${NAMESPACE.coll}`;
const events = EventLog.fromEnvironment();
const ready = new EventLog(BENCH_READY);

/** Resolves when the server has taken every subscription. */
function connected(subscriptions, onEvent) {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${BENCH_TOKEN}` };
    const socket = new WebSocket(BENCH_URL, { headers, perMessageDeflate: false, skipUTF8Validation: true });
    let taken = 0;
    socket.on('error', reject);
    socket.on('open', () => {
      for (const [index, where] of subscriptions.entries())
        socket.send(JSON.stringify({ type: 'subscribe', id: `s${index}`, namespace, ...where }));
    });
    socket.on('message', (data) => {
      // Read as little as possible: the clients have the same two cores as the server.
      const at = data.indexOf(AT);
      if (at >= 0) return onEvent(parseFloat(data.latin1Slice(at + AT.length, at + AT.length + 24)));
      if (JSON.parse(data).type === 'error') return reject(new Error(String(data)));
      taken += 1;
      if (taken === subscriptions.length) resolve(socket);
    });
  });
}

const note = (publishedAt) => events.note(publishedAt);
let next = 0;
async function connectOthers() {
  while (next < Number(BENCH_CONNECTIONS)) {
    const connection = next;
    next += 1;
    await connected(
      topicsOf(connection).map((topic) => ({ where: { topic } })),
      note,
    );
    ready.note(connection);
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, connectOthers));
if (BENCH_STUCK === '1') {
  const stuck = await connected(
    Array.from({ length: STUCK_SUBSCRIPTIONS }, () => ({})),
    () => undefined,
  );
  stuck.pause();
  ready.note(-1);
}
