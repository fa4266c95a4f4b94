import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AccessSettings } from './access.settings.js';
import { AdminAccess } from './admin.access.js';
import { TokenRefusedError } from './access.errors.js';
import { FileReloads } from '../files/file.reloads.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-access-'));
beforeAll(() => Logger.overrideLogger(false));
afterAll(() => {
  Logger.overrideLogger(true);
  rmSync(folder, { recursive: true });
});

/** What the guard reads of a request. */
function requestWith(token: string): IncomingMessage {
  const seen = { headers: { authorization: `Bearer ${token}` }, socket: { remoteAddress: '127.0.0.1' } };
  return seen as unknown as IncomingMessage; // a real one needs a connection
}

it('a token that is taken back between the reading of the settings and the start of the watch counts no more', async () => {
  const file = join(folder, 'tokens');
  const write = (name: string) =>
    writeFileSync(file, `${name}:viewer:${createHash('sha256').update(`token-of-${name}`).digest('hex')}\n`);
  write('ann');
  const access = new AdminAccess(new AccessSettings({ ADMIN_TOKENS_FILE: file }), new FileReloads());
  expect(await access.callerOf(requestWith('token-of-ann'))).toMatchObject({ name: 'ann' });
  write('bob');
  access.onModuleInit();
  await expect(access.callerOf(requestWith('token-of-ann'))).rejects.toThrow(TokenRefusedError);
  expect(await access.callerOf(requestWith('token-of-bob'))).toMatchObject({ name: 'bob' });
  writeFileSync(file, 'what is this');
  access.onModuleInit();
  expect(await access.callerOf(requestWith('token-of-bob')), 'a broken file changes nothing').toMatchObject({
    name: 'bob',
  });
  access.onApplicationShutdown();
});
