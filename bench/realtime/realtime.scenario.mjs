import { count } from '../../scripts/lib/screen.mjs';
import { deliveriesPerSecond } from './load.mjs';
import { openFilesAllowed } from './open-files.mjs';
import { PUSHERS } from './realtime.contenders.mjs';
import { realtimeRun } from './realtime-run.mjs';

const BYTES = 300;
const CONNECTIONS = { full: 2_000, quick: 300 };
/** What a program has open beside its connections. */
const OTHER_FILES = 200;

export const realtimeScenario = {
  name: 'realtime',
  isFullOnly: true,
  title: 'Live push',
  about:
    '2,000 WebSocket connections (a quick run: 300), each with three subscriptions: 500 events a second go to 1% of them, 50 to 10%, 5 to all. Plain `ws` takes the same events from RabbitMQ and sends one text to the same sockets. Latency is from publishing to the client’s program; memory is what a connection adds to the server. The stuck client subscribes to everything four times and reads nothing.',
  base: 'bare-ws',
  columns: [
    { key: 'messagesPerSecond', title: 'messages/s', digits: 0 },
    { key: 'p50', title: 'p50 ms', digits: 2, toBase: 'difference', better: 'less' },
    { key: 'p99', title: 'p99 ms', digits: 2, toBase: 'difference', better: 'less' },
    { key: 'cpuMicrosecondsPerMessage', title: 'CPU µs/message', digits: 1, toBase: 'ratio', better: 'less' },
    { key: 'connectionKilobytes', title: 'KB/connection', digits: 0, toBase: 'difference', better: 'less' },
  ],
  chart: { kind: 'bars', column: 'cpuMicrosecondsPerMessage' },
  prepare: ({ bench }) => {
    const connections = bench.asked.quick ? CONNECTIONS.quick : CONNECTIONS.full;
    const allowed = openFilesAllowed();
    const needed = connections + OTHER_FILES;
    const skipped = allowed < needed ? `needs ${needed} open files; ulimit -Hn says ${allowed}` : undefined;
    return {
      contenders: PUSHERS.map((pusher) => ({ ...pusher, skipped })),
      connections,
      settings: { connections, bytes: BYTES },
      summary: `${count(connections)} connections, ${count(deliveriesPerSecond(connections))} messages/s`,
    };
  },
  run: ({ bench, prepared, contender, round, progress }) =>
    realtimeRun({ bench, contender, connections: prepared.connections, bytes: BYTES, round, progress }),
};
