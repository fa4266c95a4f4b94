import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { DocumentWriter } from '../harness/document.writer.js';
import { aRunningSystem, RunningSystem } from '../harness/running.system.js';

it('SIGTERM to both apps under load: they end with 0, and the next ones go on without a loss or a repeat', async () => {
  const system = await aRunningSystem();
  onTestFinished(() => system.stop());
  const writer = new DocumentWriter(system.db, 3_000);
  await system.eventually(() => system.handled.distinct > 300);
  expect(await system.producer.stop()).toBe(0);
  system.startProducer();
  await system.eventually(() => system.handled.distinct > 1_000);
  expect(await system.consumer.stop()).toBe(0);
  system.startConsumer();
  await writer.done();
  await system.handledAll(writer.events);
  expect(system.handled.duplicates).toBe(0);
  expect(system.handled.disordered()).toEqual([]);
});

it('SIGTERM with running handlers and an open stream: handlers end before the pool closes, and nothing is held up', async () => {
  const prepared = await RunningSystem.prepare();
  onTestFinished(() => prepared.stop());
  const notes = join(prepared.folder, 'notes.txt');
  writeFileSync(notes, '');
  const handlers = fileURLToPath(new URL('fixtures/shutdown', import.meta.url));
  const consumer = prepared.startConsumer({ SLUICE_HANDLERS: handlers, NOTES_FILE: notes });
  prepared.startProducer();
  await Promise.all([consumer.ready(), prepared.producer.ready()]);
  const stream = await fetch(`${await consumer.url()}/slow/stream`);
  const reader = stream.body?.getReader();
  await reader?.read();

  await prepared.db.collection('orders').insertMany(Array.from({ length: 20 }, (_, number) => ({ number })));
  const lines = () => readFileSync(notes, 'utf8').split('\n');
  await prepared.eventually(() => lines().some((line) => line.startsWith('begun')));
  expect(await consumer.stop()).toBe(0);
  await expect(reader?.read()).rejects.toThrow();

  const begun = lines().filter((line) => line.startsWith('begun'));
  const done = lines().filter((line) => line.startsWith('done'));
  expect(done.length).toBe(begun.length);
  expect(lines().filter((line) => line.startsWith('pool was closed under'))).toEqual([]);
  expect(
    lines()
      .filter((line) => line !== '')
      .at(-1),
  ).toBe('pool closed');
});

const unshare = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const noUnshare = spawnSync(unshare[0] ?? '', [...unshare.slice(1), 'true']).status !== 0;

it.skipIf(noUnshare)(
  'as PID 1 both apps take SIGTERM and end with 0 (skipped where unshare is not permitted)',
  async () => {
    const system = await RunningSystem.prepare();
    onTestFinished(() => system.stop());
    // The shell forwards nothing: the app must be the one that gets the signal, as the first process of its namespace.
    const apps = (['cdc-producer', 'cdc-consumer'] as const).map((name) => system.startApp(name, {}, unshare));
    await Promise.all(apps.map((app) => app.ready()));
    for (const app of apps) {
      const inside = spawnSync('pgrep', ['--parent', String(app.pid)])
        .stdout.toString()
        .trim();
      process.kill(Number(inside), 'SIGTERM');
      expect(await app.exit()).toBe(0);
      await system.eventually(() => app.lines.some(({ msg }) => msg === 'stopped'));
    }
  },
);
