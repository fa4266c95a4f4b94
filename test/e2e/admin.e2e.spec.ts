import type { GroupStatus, Problem, StreamStatus } from '@sluice/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';

const ADMIN_TOKEN = 'a-token-of-this-test';
const authorised = { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };

let system: RunningSystem;
beforeAll(async () => {
  system = await aRunningSystem({ producerEnv: { ADMIN_TOKEN }, consumerEnv: { ADMIN_TOKEN } });
});
afterAll(() => system.stop());

describe.each(['producer', 'consumer'] as const)('the admin HTTP of the %s', (name) => {
  const list = { producer: '/api/v1/streams', consumer: '/api/v1/groups' }[name];

  it.each([
    ['no token', undefined],
    ['another token', 'Bearer something-else'],
    ['another scheme', `Basic ${ADMIN_TOKEN}`],
  ])('refuses %s with problem details', async (_what, authorization) => {
    const init = authorization === undefined ? {} : { headers: { authorization } };
    const response = await fetch(`${await system[name].url()}${list}`, init);
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toMatch('application/problem+json');
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer\b/);
    const problem = (await response.json()) as Problem;
    expect(problem).toMatchObject({ title: 'Unauthorized', status: 401, instance: list });
  });

  it('serves health and its start page to everyone, and links everything it serves', async () => {
    await system[name].ready(); // it has been, and may wait for a moment for the group that registers
    const { body } = await system[name].get('/');
    const links = [...String(body).matchAll(/href="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(links).toEqual(expect.arrayContaining(['/health/live', '/health/ready', list, '/api', '/api-json']));
    for (const path of links) expect((await system[name].get(path, authorised)).status, path).toBe(200);
  });

  it('answers an unknown name with 404 and the names that there are', async () => {
    const { status, body } = await system[name].get(`${list}/nobody/pause`, { ...authorised, method: 'POST' });
    expect(status).toBe(404);
    expect((body as Problem).detail).toMatch(/nobody/);
    expect((body as Problem).detail).toMatch(/main|default/);
  });

  it('describes every route with its answers', async () => {
    const { body } = await system[name].get('/api-json');
    const { paths } = body as {
      paths: Record<string, Record<string, { tags?: string[]; responses: Record<string, { description?: string }> }>>;
    };
    expect(Object.keys(paths)).toEqual(expect.arrayContaining([list, `${list}/{name}/pause`, `${list}/{name}/resume`]));
    expect(Object.keys(paths[list]?.['get']?.responses ?? {})).toEqual(expect.arrayContaining(['200', '401']));
    expect(paths[list]?.['get']?.responses['401']?.description).toMatch(/No token, a wrong one/);
    const tags = Object.values(paths).flatMap((path) => Object.values(path).flatMap((route) => route.tags ?? ['none']));
    const own = { producer: ['streams'], consumer: ['groups', 'dead-letters', 'inbox'] }[name];
    expect(new Set(tags)).toEqual(new Set(['config', 'health', 'metrics', ...own]));
  });
});

it('a paused stream reads nothing, a resumed one brings what was written meanwhile', async () => {
  const post = (action: string) =>
    system.producer.get(`/api/v1/streams/main/${action}`, { ...authorised, method: 'POST' });
  const documents = system.db.collection<{ _id: string }>('paused-stream');
  const paused = (await post('pause')).body as StreamStatus;
  expect(paused).toMatchObject({ state: 'paused', inFlight: { events: 0 } });
  const before = system.handled.distinct;
  // Another reader sees the change: by then a stream that was not paused would have it too.
  const other = system.db.watch();
  const opened = other.tryNext(); // opens it
  expect(await opened).toBeNull();
  await documents.insertOne({ _id: 'while paused' });
  await other.next();
  await other.close();
  const status = async () =>
    (await system.producer.get('/api/v1/streams', authorised)).body as { streams: StreamStatus[] };
  expect((await status()).streams[0]?.counters.captured).toBe(paused.counters.captured);
  await post('resume');
  await system.handledAll(before + 1);
  expect(system.handled.changes.at(-1)?.key).toBe('"while paused"');
});

it('a paused group handles nothing, a resumed one takes what waits', async () => {
  const post = (action: string) =>
    system.consumer.get(`/api/v1/groups/default/${action}`, { ...authorised, method: 'POST' });
  const group = async () =>
    ((await system.consumer.get('/api/v1/groups', authorised)).body as { groups: GroupStatus[] }).groups[0];
  expect((await post('pause')).status).toBe(200);
  const before = system.handled.distinct;
  await system.db.collection<{ _id: string }>('paused-group').insertOne({ _id: 'waiting' });
  await system.eventually(async () => ((await group())?.queues ?? []).some(({ messages }) => messages > 0));
  expect(system.handled.distinct).toBe(before);
  expect((await group())?.consuming).toBe('paused');
  expect((await post('resume')).status).toBe(200);
  await system.handledAll(before + 1);
});
