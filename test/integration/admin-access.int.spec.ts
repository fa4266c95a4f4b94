import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GroupAudit } from '@sluice/contracts';
import { eventually } from '@sluice/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { IdentityProvider } from '../harness/identity.provider.js';
import { requestFrom } from '../harness/local.request.js';
import { ConsumerSystem } from './consumer/consumer-system.js';

let system: ConsumerSystem;
beforeEach(async () => {
  system = await ConsumerSystem.open();
});
afterEach(() => system.close());

const folder = mkdtempSync(join(tmpdir(), 'sluice-tokens-'));
const entry = (name: string, role: string, secret: string) =>
  `${name}:${role}:${createHash('sha256').update(secret).digest('hex')}\n`;
interface Ready {
  readonly details: { readonly files?: { readonly status: string; readonly state: string } };
}
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

async function start(env: Record<string, string>) {
  const consumer = await system.consumer({ env, untilRunning: false });
  const { url } = consumer;
  await eventually(async () => (await consumer.ready()).status === 200);
  return async (
    secret: string | undefined,
    { path = '/api/v1/groups', method = 'GET', body = '', from = '127.0.0.1' } = {},
  ) => {
    const headers = {
      ...(secret === undefined ? {} : bearer(secret)),
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
    };
    return requestFrom(`${url}${path}`, { method, from, headers, ...(body === '' ? {} : { body }) });
  };
}

it('tokens in a file come and go with the file, without a restart; a broken one changes nothing', async () => {
  const ADMIN_TOKENS_FILE = join(folder, 'tokens');
  const write = (text: string) => {
    writeFileSync(`${ADMIN_TOKENS_FILE}.new`, text);
    renameSync(`${ADMIN_TOKENS_FILE}.new`, ADMIN_TOKENS_FILE); // as a mounted secret is exchanged
  };
  write(entry('ann', 'viewer', 'token-of-ann'));
  const ask = await start({ ADMIN_TOKENS_FILE, ADMIN_TOKENS: entry('env', 'viewer', 'token-of-env').trim() });
  const status = async (secret: string, from: string) => (await ask(secret, { from })).status;
  expect([await status('token-of-ann', '127.0.0.2'), await status('token-of-bob', '127.0.0.2')]).toEqual([200, 401]);
  write('what is this');
  write(`${entry('bob', 'viewer', 'token-of-bob')}# ann has left\n`);
  let tries = 2;
  await eventually(async () => (await status('token-of-bob', `127.0.1.${(tries += 1)}`)) === 200);
  expect([await status('token-of-ann', '127.0.0.3'), await status('token-of-env', '127.0.0.3')]).toEqual([401, 200]);
  rmSync(ADMIN_TOKENS_FILE); // by mistake, or a secret that is being exchanged: told, and nobody is locked out
  const files = async () => (JSON.parse((await ask(undefined, { path: '/health/ready' })).text) as Ready).details.files;
  await eventually(async () => (await files())?.state === 'outdated');
  expect(await files()).toMatchObject({
    status: 'up',
    reason: expect.stringMatching(/^ADMIN_TOKENS_FILE: /) as string,
  });
  const outdated = 'sluice_file_last_reload_successful{setting="ADMIN_TOKENS_FILE"} 0';
  expect((await ask('token-of-env', { path: '/metrics' })).text).toContain(outdated);
  expect(await status('token-of-bob', '127.0.0.5')).toBe(200);
  write(''); // everybody has left: closed, not open
  await eventually(async () => (await status('token-of-bob', `127.0.2.${(tries += 1)}`)) === 401);
  expect((await ask(undefined)).status).toBe(401);
  expect(await status('token-of-env', '127.0.0.4')).toBe(200);
  expect(await files()).toEqual({ status: 'up', state: 'read' });
});

it('wrong tokens are throttled by their address; right ones never are, and cost nothing', async () => {
  const ask = await start({ ADMIN_TOKEN: 'sixteen-characters' });
  for (let n = 0; n < 30; n += 1) expect((await ask('sixteen-characters', { from: '127.0.0.9' })).status).toBe(200);
  const statuses: number[] = [];
  for (let n = 0; n < 14; n += 1) statuses.push((await ask(`guess-${n}`, { from: '127.0.0.9' })).status);
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
  expect(statuses.at(-1)).toBe(429);
  const throttled = await ask('another', { from: '127.0.0.9' });
  expect(Number(throttled.headers['retry-after'])).toBeGreaterThan(0);
  expect(JSON.parse(throttled.text)).toMatchObject({ code: 'SLUICE-LOGINS-THROTTLED', status: 429 });
  expect((await ask('sixteen-characters', { from: '127.0.0.9' })).status).toBe(200);
  expect((await ask('another', { from: '127.0.0.10' })).status).toBe(401);
  expect((await ask(undefined, { from: '127.0.0.9' })).status).toBe(401); // no guess at all
});

it('the audit names whom the token proves, and asks for a name only where it proves none', async () => {
  const provider = await IdentityProvider.start();
  const ask = await start({
    ADMIN_TOKEN: 'sixteen-characters',
    ADMIN_TOKENS: entry('ops', 'operator', 'token-of-ops').trim(),
    ...provider.environment,
    ADMIN_JWT_ROLE_CLAIM: 'realm_access.roles',
  });
  const queue = `${system.broker.names.exchange}.stock`;
  await system.broker.declareQueue(queue, { durable: true });
  const register = async (secret: string, by?: string) => {
    const body = JSON.stringify({ queues: [queue], patterns: ['insert.#'], reason: 'a test', ...(by && { by }) });
    const answer = await ask(secret, { path: `/api/v1/groups/stock`, method: 'PUT', body });
    if (answer.status !== 200) return { status: answer.status, text: answer.text };
    const { text } = await ask(secret, { path: `/api/v1/groups/stock/history` });
    return { status: 200, by: (JSON.parse(text) as GroupAudit).changes[0]?.by };
  };
  const jwt = await provider.jwt({ sub: 'ann@example', role: undefined, realm_access: { roles: ['x', 'operator'] } });
  expect(await register('token-of-ops', 'somebody else')).toEqual({ status: 200, by: 'ops' });
  expect(await register(jwt)).toEqual({ status: 200, by: 'ann@example' });
  expect(await register('sixteen-characters', 'bob')).toEqual({ status: 200, by: 'bob' });
  const nobody = await register('sixteen-characters');
  expect(nobody).toMatchObject({ status: 400 });
  expect(nobody.text).toMatch(/"field":"by".*"found":"nothing"/);
  await system.broker.deleteQueue(queue);
  await provider.stop();
  expect((await ask(jwt)).status).toBe(200); // keys that were fetched count on
});

it('JWTs without their keys are answered 503, which is nobody’s fault and no guess', async () => {
  const provider = await IdentityProvider.start();
  const jwt = await provider.jwt();
  await provider.stop();
  const ask = await start({ ADMIN_TOKEN: 'sixteen-characters', ...provider.environment });
  for (let n = 0; n < 12; n += 1) expect((await ask(jwt)).status).toBe(503);
  expect((await ask('sixteen-characters')).status).toBe(200);
});

it('without a token this machine is served, and no web page but its own', async () => {
  const ask = await start({});
  expect((await ask(undefined)).status).toBe(200);
  const consumer = await system.consumer({});
  const page = (headers: Record<string, string>) =>
    requestFrom(`${consumer.url}/api/v1/groups/mirror/pause`, { method: 'POST', headers });
  expect((await page({ host: 'rebound.example' })).status).toBe(403);
  expect((await page({ origin: 'https://evil.example' })).status).toBe(403);
  expect((await page({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await page({ origin: consumer.url })).status).toBe(200);
});
