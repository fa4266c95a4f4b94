import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, afterAll, expect, it } from 'vitest';
import { RunningSystem } from '../harness/running.system.js';

let system: RunningSystem;
beforeAll(async () => {
  system = await RunningSystem.prepare();
});
afterAll(() => system.stop());

/** How the consumer ends with this folder of handlers, and all that it writes. */
async function consumerWith(folder: string): Promise<{ code: unknown; text: string }> {
  const consumer = system.startApp('cdc-consumer', { SLUICE_HANDLERS: folder });
  const code = await consumer.exit();
  expect(consumer.lines).toEqual([]);
  return { code, text: consumer.text };
}

it('a folder of handlers that does not exist is a fault of the settings', async () => {
  const folder = join(system.folder, 'nowhere');
  const { code, text } = await consumerWith(folder);
  expect(code).toBe(78);
  expect(text).toBe(
    'SLUICE-CONFIG-INVALID  1 setting is wrong; nothing was started.\n' +
      `  SLUICE_HANDLERS\n      found:   ${folder}, which does not exist\n` +
      '      allowed: a folder with built *.handler.js files\n',
  );
});

it('in production no app is open to others without a token: on loopback it says so, elsewhere it does not start', async () => {
  const NODE_ENV = 'production';
  for (const name of ['cdc-producer', 'cdc-consumer'] as const) {
    const refusing = system.startApp(name, { NODE_ENV, HTTP_HOST: '0.0.0.0' });
    expect(await refusing.exit(), name).toBe(78);
    expect(refusing.text).toMatch(
      /^SLUICE-CONFIG-INVALID {2}1 setting is wrong; nothing was started\.\n {2}ADMIN_TOKEN\n {6}found: {3}nothing, while HTTP_HOST is 0\.0\.0\.0\n {6}allowed: a token .*loopback only\n$/,
    );
    expect(refusing.lines).toEqual([]);
    const open = system.startApp(name, { NODE_ENV });
    expect(await open.url()).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(open.lines.map(({ msg }) => msg)).toContain(
      'no token is configured: the admin HTTP is open to every program of this machine, and to no other',
    );
    await open.stop();
  }
});

it('a handler file without a handler ends the consumer with 78 and one sentence, without a stack', async () => {
  const folder = join(system.folder, 'empty');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'nothing.handler.js'), 'export const nothing = 1;\n');
  const { code, text } = await consumerWith(folder);
  expect(code).toBe(78);
  expect(text).toMatch(/^SLUICE-HANDLER-FILE-EMPTY {2}.*nothing\.handler\.js: it exports no handler class\..*\n$/);
});
