import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StreamStatus } from '@sluice/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogLine } from '../harness/app.process.js';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';

const ADMIN_TOKEN = 'a-token-of-this-test';
const page = readFileSync(fileURLToPath(new URL('../../docs/operations.md', import.meta.url)), 'utf8');
const [, runbook = ''] = page.split('\n## Runbook\n');
const [introduction = '', ...sections] = runbook.split('\n### ');
const commandsOf = (text: string) =>
  [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '').join('');

let system: RunningSystem;
beforeAll(async () => {
  const env = { ADMIN_TOKEN };
  system = await aRunningSystem({ producerEnv: { ...env, LOG_LEVEL: 'debug' }, consumerEnv: env });
});
afterAll(() => system.stop());

/** Runs them as an operator would; rejects where one of them fails. */
async function run(commands: string, env: Record<string, string> = {}): Promise<string> {
  const urls = { PRODUCER: await system.producer.url(), CONSUMER: await system.consumer.url() };
  const { stdout } = await promisify(execFile)('bash', ['-e', '-o', 'pipefail', '-c', commands], {
    cwd: system.folder,
    env: { ...process.env, ...urls, ADMIN_TOKEN, STREAM: 'main', GROUP: 'default', ...env },
  });
  return stdout;
}

const events = () => system.db.collection<{ _id: string }>('events');

describe('the commands of the runbook', () => {
  it.each(sections.map((section) => [section.split('\n')[0] ?? '', commandsOf(section)]))(
    '%s',
    async (_alert, commands) => {
      expect(commands).not.toBe('');
      expect(await run(commandsOf(introduction) + commands)).not.toBe('');
      const authorised = { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };
      await system.eventually(async () => {
        const { body } = await system.producer.get('/api/v1/streams/main', authorised);
        return (body as StreamStatus).state === 'running';
      });
    },
  );
});

it('a stream whose state database is gone goes on at the last position of the log', async () => {
  await events().insertOne({ _id: 'before' });
  await system.handledAll(1);
  const saved = () =>
    system.producer.lines.filter(({ msg, position }) => msg === 'position saved' && position !== null);
  const line: LogLine = await system.eventually(() => saved().at(-1));
  expect(line).toMatchObject({
    stream: 'main',
    position: expect.any(String) as string,
    resumeToken: { _data: expect.any(String) as string },
  });
  await system.producer.kill();
  await system.client.db(`${system.name}_state`).collection('streams').deleteMany({});
  await events().insertOne({ _id: 'while nobody knew the position' });
  const log = system.producer.lines.map((each) => JSON.stringify(each)).join('\n');
  writeFileSync(join(system.folder, 'producer.log'), `${log}\n`);

  await system.startProducer().ready();
  const [, section = ''] = page.split('\n## The state database is lost');
  await run(commandsOf(section.split('\n## ')[0] ?? ''));
  await system.handledAll(2);
  expect(system.handled.changes.at(-1)?.key).toBe('"while nobody knew the position"');
});
