import { fileURLToPath } from 'node:url';
import type { DeadLetterPage } from '@sluice/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { DocumentWriter } from '../harness/document.writer.js';
import { RunningSystem } from '../harness/running.system.js';

/** `npm run test:poison` takes 10,000. */
const EVENTS = Number(process.env['POISON_EVENTS'] ?? 2_000);
/** Three starts after a death, each with a wait until the dead one counts as gone. */
const TIMEOUT_MS = 300_000 + EVENTS * 60;
const CRASH_ATTEMPTS = 2;
const POISONED = 10;

it.each([
  ['a handler that kills its process on one event', 'poison', 'Poisoned.handle'],
  ['a handler of batches that aborts its process on one event', 'poison-batch', 'PoisonedBatch.handle'],
])(
  '%s among thousands: that one is a dead letter, and every other one is handled in order',
  async (_what, folder, handler) => {
    const handlers = fileURLToPath(new URL(`../e2e/fixtures/${folder}`, import.meta.url));
    const consumerEnv = { SLUICE_HANDLERS: handlers, CRASH_ATTEMPTS: String(CRASH_ATTEMPTS), MEMBER_ALIVE_MS: '3000' };
    const system = await RunningSystem.prepare({ consumerEnv });
    onTestFinished(() => system.stop());
    system.startConsumer();
    await Promise.all([system.consumer.ready(), system.startProducer().ready()]);
    let isOver = false;
    let deaths = 0;
    const restarting = (async () => {
      for (await system.consumer.exit(); !isOver; await system.consumer.exit()) {
        deaths += 1;
        system.startConsumer();
      }
    })();

    const writer = new DocumentWriter(system.db, EVENTS);
    await system.eventually(() => system.handled.distinct > EVENTS / 4);
    const documents = system.db.collection<{ _id: number }>('documents');
    for (const poison of [false, true, false, null]) await documents.updateOne({ _id: POISONED }, { $set: { poison } });
    await writer.done();
    await system.handledAll(writer.events + 3, TIMEOUT_MS);

    const page = await system.eventually(async () => {
      const { body } = await system.consumer.get('/api/v1/dead-letters');
      return (body as DeadLetterPage).total === 1 && (body as DeadLetterPage);
    });
    expect(page.letters).toMatchObject([
      {
        handler,
        reason: 'handler-failed',
        errorName: 'ProcessDiedError',
        attempts: CRASH_ATTEMPTS,
        operation: 'update',
      },
    ]);
    expect(page.letters[0]?.errorMessage).toMatch('SLUICE-HANDLER-PROCESS-DIED');
    expect(system.handled.distinct).toBe(writer.events + 3);
    expect(system.handled.disordered()).toEqual([]);
    // Once when it may be any of them, once when it is one of dozens that are noted, then alone with it.
    expect(deaths).toBe(2 + CRASH_ATTEMPTS);
    isOver = true;
    expect(await system.consumer.stop()).toBe(0);
    await restarting;
    console.log(`${system.handled.duplicates} events were handled more than once over ${deaths} deaths`);
  },
  TIMEOUT_MS,
);
