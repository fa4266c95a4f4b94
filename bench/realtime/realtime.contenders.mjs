import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reservePort } from '../../scripts/lib/ports.mjs';
import { BenchQueue } from '../lib/bench-queue.mjs';
import { Contender } from '../lib/contender.mjs';
import { pause } from '../lib/pause.mjs';
import { startSluiceApp } from '../lib/sluice-app.mjs';

const READY_EVERY_MS = 20;
const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** Plain `ws`, which all the others stand beside. */
async function startBareWs({ bench, name, exchange }) {
  const { uri } = bench.servers.rabbitmq;
  const queue = await BenchQueue.declare(uri, `${exchange}.bare`);
  await queue.bindTo(exchange);
  const port = await reservePort(3400);
  const env = { BENCH_RABBITMQ: uri, BENCH_QUEUE: queue.name, BENCH_PORT: String(port) };
  const contender = Contender.start({ bench, name, args: [here('./bare-ws.mjs')], env });
  const url = `ws://127.0.0.1:${port}/realtime`;
  return {
    contender,
    url,
    ready: () => untilListening(port, AbortSignal.any([bench.signal, contender.signal])),
    end: () => contender.stop().finally(() => queue.delete()),
  };
}

/** cdc-consumer as it is deployed, with live push and nothing to handle. */
async function startSluice({ bench, name, exchange, connections }) {
  const group = 'bench';
  const stream = `${exchange}.realtime`;
  const queue = await BenchQueue.ofGroup(bench.servers.rabbitmq.uri, { exchange, group, partitions: 1 });
  queue.others.push(stream);
  const grants = join(bench.slot.dir, 'grants.json');
  writeFileSync(grants, JSON.stringify({ grants: [{ roles: ['operator'], namespaces: ['*'] }] }));
  const env = {
    REALTIME: 'on',
    REALTIME_STREAM: stream,
    REALTIME_GRANTS_FILE: grants,
    REALTIME_MAX_CONNECTIONS_PER_TOKEN: String(connections + 1), // the stuck one
    SLUICE_HANDLERS: here('./handlers'),
    CONSUMER_GROUP: group,
    PARTITIONS: '1',
  };
  const app = await startSluiceApp({ bench, app: 'cdc-consumer', name, exchange, env });
  const end = () => app.end().finally(() => queue.delete());
  return { ...app, url: `${app.url.replace('http', 'ws')}/realtime`, end };
}

async function untilListening(port, signal) {
  while (!(await accepts(port))) await pause(READY_EVERY_MS, signal);
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

export const PUSHERS = [
  { name: 'bare-ws', title: 'ws, plain broadcast', start: startBareWs },
  { name: 'sluice', title: 'Sluice', start: startSluice },
  {
    name: 'sluice-stuck',
    title: 'Sluice, one more client that reads nothing',
    start: startSluice,
    hasStuckClient: true,
  },
];
