import { afterEach, expect, it } from 'vitest';
import { RunningSystem } from '../harness/running.system.js';

let system: RunningSystem;
afterEach(() => system.stop());

it('kill -9 of the producer between storing a large document and its confirm: one stored file, the event delivered whole', async () => {
  system = await RunningSystem.prepare();
  const text = 'x'.repeat(10 * 1024 * 1024);
  const files = system.client.db(`${system.name}_state`).collection('claims.files');
  const storedAndHeld = () =>
    system.eventually(async () => (await files.countDocuments()) > 0 && (await system.streamStatus()).state === 'held');
  system.startProducer();
  await system.eventually(async () => (await system.streamStatus()).position.savedAt !== null);
  await system.db.collection<{ _id: number; text: string }>('documents').insertOne({ _id: 1, text });
  await storedAndHeld(); // nobody takes it yet
  await system.producer.kill();
  system.startProducer();
  await storedAndHeld();
  expect((await system.streamStatus()).counters.claimed).toBe(1);
  system.startConsumer();
  await system.handledAll(1);
  const event = system.handled.changes[0]?.event;
  expect(event?.operation === 'insert' && event.fullDocument['text'] === text).toBe(true);
  expect(await files.countDocuments()).toBe(1);
});
