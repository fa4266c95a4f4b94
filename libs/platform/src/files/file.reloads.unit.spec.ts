import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileReloads } from './file.reloads.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(true));

it('tells by name which files hold what does not count, and for how long the first of them has', () => {
  const reloads = new FileReloads();
  expect(reloads.readiness).toEqual({ ready: true, state: 'read' });
  const watch = (setting: string, read: () => void) => reloads.watch(setting, [], read)();
  const refuse = () => {
    throw new Error('/run/secrets/x is gone');
  };
  watch('HTTP_TLS_CERT_FILE', () => undefined);
  expect(reloads.all).toEqual([{ setting: 'HTTP_TLS_CERT_FILE', outdatedSince: undefined }]);
  watch('ADMIN_TOKENS_FILE', refuse);
  const since = reloads.all.find(({ setting }) => setting === 'ADMIN_TOKENS_FILE')?.outdatedSince;
  watch('REALTIME_GRANTS_FILE', refuse);
  watch('ADMIN_TOKENS_FILE', refuse);
  const { ready, state, reason, since: told } = reloads.readiness;
  expect({ ready, state, told }).toEqual({ ready: true, state: 'outdated', told: since });
  expect(reason).toMatch(/^ADMIN_TOKENS_FILE, REALTIME_GRANTS_FILE: what the file held before still counts/);
  expect(reason, 'readiness is for everybody').not.toContain('/run/secrets');

  for (const setting of ['ADMIN_TOKENS_FILE', 'REALTIME_GRANTS_FILE']) watch(setting, () => undefined);
  expect(reloads.readiness).toEqual({ ready: true, state: 'read' });
});
