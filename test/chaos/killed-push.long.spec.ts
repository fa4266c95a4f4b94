import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { AppProcess } from '../harness/app.process.js';
import { RestlessClient } from '../harness/restless.client.js';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';
import { Random } from './random.js';

/** `REALTIME_KILLS` sets it. */
const KILLS = Number(process.env['REALTIME_KILLS'] ?? 20);
/** Each kill is followed by a start. */
const TIMEOUT_MS = 240_000 + KILLS * 60_000;
/** Of a machine that has much else to do; only a hang should reach it. */
const PATIENCE = { timeoutMs: 120_000 };
/** So little memory that whoever was away while a replica started has to be served from the stream queue. */
const REALTIME = { REALTIME: 'on', REALTIME_MEMORY_BYTES: '1048576', REALTIME_HEARTBEAT_MS: '1000' };

const BATCH = 10;
const PACE_MS = 25;
/** Events that a client has at most between its connection and the next kill. */
const AT_MOST = 150;

/** Writes without a pause, until it is told to stop; one in three is what the client asks for. */
class SteadyWriter {
  readonly wanted: number[] = [];
  private written = 0;
  private isStopped = false;
  private readonly writing: Promise<void>;

  constructor(private readonly system: RunningSystem) {
    this.writing = this.write();
    this.writing.catch(() => undefined); // told by `stop`
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.writing;
  }

  private async write(): Promise<void> {
    const orders = this.system.db.collection<{ _id: number; wanted: boolean }>('orders');
    while (!this.isStopped) {
      const batch = Array.from({ length: BATCH }, (_, index) => this.written + index);
      this.wanted.push(...batch.filter(isWanted));
      await orders.insertMany(batch.map((_id) => ({ _id, wanted: isWanted(_id) })));
      this.written += BATCH;
      await sleep(PACE_MS);
    }
  }
}

const isWanted = (n: number) => n % 3 === 0;

it(
  `${KILLS} kill -9 of the replica that serves a client, in full flow: the client goes on at another one, and has everything once and in order`,
  async () => {
    const random = new Random(Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 32)));
    console.log(`CHAOS_SEED=${random.seed}`);
    const system = await aRunningSystem({ consumerEnv: REALTIME });
    onTestFinished(() => system.stop());
    let serving = system.consumer;
    let other = await system.startConsumer().ready();
    const client = new RestlessClient({ namespace: `${system.database}.orders`, where: { wanted: true } });
    await client.connect(await socketOf(serving));
    const writer = new SteadyWriter(system);

    const count = { 'went on at the other one': 0, 'waited for the same one': 0 };
    for (let kill = 0; kill < KILLS; kill += 1) {
      const enough = client.take() + random.below(AT_MOST);
      await system.eventually(() => client.take() >= enough, PATIENCE);
      await serving.kill();
      client.cut();
      const started = system.startConsumer();
      const isReady = started.ready();
      const isPatient = random.next() < 0.3;
      if (isPatient) serving = await isReady;
      else [serving, other] = [other, started];
      await client.connect(await socketOf(serving));
      await isReady;
      count[isPatient ? 'waited for the same one' : 'went on at the other one'] += 1;
    }
    console.log(count);
    await writer.stop();
    await system.eventually(() => client.take() >= writer.wanted.length, PATIENCE);
    expect(client.cuts).toBe(KILLS);
    expect(client.gaps).toEqual([]);
    expect(client.events.map(({ documentKey }) => documentKey?.['_id'])).toEqual(writer.wanted);
  },
  TIMEOUT_MS,
);

async function socketOf(replica: AppProcess): Promise<string> {
  return `${(await replica.url()).replace('http', 'ws')}/realtime`;
}
