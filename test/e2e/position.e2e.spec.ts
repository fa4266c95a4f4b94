import type { PositionAuditPage, PositionChangeResult, Problem, StreamPosition, StreamStatus } from '@sluice/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';

const ADMIN_TOKEN = 'a-token-of-this-test';
const ASKED = { by: 'ann', reason: 'the hour again' };

let system: RunningSystem;
beforeAll(async () => {
  system = await aRunningSystem({ producerEnv: { ADMIN_TOKEN }, consumerEnv: { ADMIN_TOKEN } });
});
afterAll(() => system.stop());

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly ifMatch?: string;
  readonly authorised?: boolean;
}

async function call<T>(path: string, { method = 'GET', body, ifMatch, authorised = true }: Asked = {}) {
  const headers = {
    ...(authorised ? { authorization: `Bearer ${ADMIN_TOKEN}` } : {}),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
  };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${await system.producer.url()}/api/v1/streams/main${path}`, init);
  const type = response.headers.get('content-type') ?? '';
  return {
    status: response.status,
    etag: response.headers.get('etag') ?? '',
    type,
    body: (await response.json()) as T,
  };
}

const put = <T = PositionChangeResult>(body: unknown, ifMatch?: string, query = '') =>
  call<T>(`/position${query}`, { method: 'PUT', body, ...(ifMatch === undefined ? {} : { ifMatch }) });
const post = (action: string, body?: unknown) =>
  call<StreamStatus>(`/${action}`, { method: 'POST', ...(body === undefined ? {} : { body }) });
const documents = () => system.db.collection<{ _id: string }>('moved');

it('an operator looks, pauses, tries, moves, and resumes; the events come again, and the trail says who and why', async () => {
  const before = new Date().toISOString();
  await documents().insertMany([{ _id: 'a' }, { _id: 'b' }]);
  await system.handledAll(2);
  expect((await put<Problem>({ to: 'now', ...ASKED }, '*')).body).toMatchObject({ code: 'SLUICE-STREAM-NOT-PAUSED' });
  const paused = await post('pause', { by: 'ann', reason: 'maintenance' });
  expect(paused).toMatchObject({
    status: 200,
    body: { state: 'paused', holder: null, reason: expect.stringMatching(/by ann.*maintenance/) as string },
  });
  const seen = await call<StreamPosition>('/position');
  expect(seen.body).toMatchObject({ stream: 'main', generation: 0, isPaused: true, pipelineChanged: false });
  expect(seen.etag).toMatch(/^"\d+\.\d+"$/);

  const tried = await put({ to: before, ...ASKED }, undefined, '?dryRun=true');
  expect(tried.body).toMatchObject({ isApplied: false, isAccepted: true, effect: { kind: 'repeats' } });
  expect((await call<StreamPosition>('/position')).etag).toBe(seen.etag);
  const bare = seen.etag.replaceAll('"', ''); // as a shell leaves it
  expect((await put({ to: before, ...ASKED }, bare, '?dryRun=true')).status).toBe(200);
  const moved = await put({ to: before, ...ASKED }, seen.etag);
  expect(moved).toMatchObject({ status: 200, body: { isApplied: true, position: { generation: 1 } } });
  expect(moved.etag).not.toBe(seen.etag);
  expect(moved.etag).toBe((await call('/position')).etag);

  const repeats = system.handled.duplicates;
  expect((await post('resume')).status).toBe(200);
  await system.eventually(() => system.handled.duplicates >= repeats + 2);
  const { body: trail } = await call<PositionAuditPage>('/position/history?limit=1');
  expect(trail).toMatchObject({ changes: [{ number: 1, ...ASKED, request: before, before: { generation: 0 } }] });
  expect((await call<PositionAuditPage>('/position/history?before=1')).body).toEqual({ changes: [], nextBefore: null });
});

it('a paused stream is ready, and readiness says who paused it; it stays paused over kill -9 and a new start', async () => {
  await post('pause', ASKED);
  await system.producer.kill();
  await system.startProducer().ready();
  await system.eventually(async () => (await call<StreamStatus>('')).body.state === 'paused');
  const { body } = await system.producer.get('/health/ready');
  expect(body).toMatchObject({
    details: { 'stream.main': { status: 'up', state: 'paused', reason: expect.stringMatching(/by ann/) as string } },
  });
  const count = system.handled.distinct;
  await documents().insertOne({ _id: 'during the pause' });
  await post('resume');
  await system.handledAll(count + 1);
  expect((await post('restart')).status).toBe(200);
  await system.eventually(async () => (await call<StreamStatus>('')).body.state === 'running');
});

describe('a change that cannot be made is answered with problem details', () => {
  let etag: string;
  beforeAll(async () => {
    await post('pause');
    ({ etag } = await call('/position'));
  });
  afterAll(() => post('resume'));

  const body = { to: 'now', ...ASKED };
  it.each<[string, number, string, () => unknown, (() => string) | undefined]>([
    ['an unknown field', 400, 'request-invalid', () => ({ ...body, force: true }), () => etag],
    ['no reason', 400, 'request-invalid', () => ({ to: 'now', by: 'ann' }), () => etag],
    ['a target that is none', 400, 'request-invalid', () => ({ ...body, to: 'yesterday' }), () => etag],
    [
      'a token that the server does not know',
      422,
      'position-refused',
      () => ({ ...body, to: { _data: 'x' } }),
      () => etag,
    ],
    ["another position's ETag", 412, 'position-changed', () => body, () => '"0.0"'],
    ['no If-Match', 428, 'if-match-missing', () => body, undefined],
  ])('%s: %i', async (_what, status, type, what, ifMatch) => {
    const answer = await put<Problem>(what(), ifMatch?.());
    expect(answer.type).toMatch('application/problem+json');
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, type: `urn:sluice:sluice-${type}` });
    expect((await call('/position')).etag).toBe(etag);
  });

  it.each([
    ['/position?force=true', 'PUT', body],
    ['/position', 'DELETE', undefined],
    ['/position/history?limit=0', 'GET', undefined],
    ['/pause', 'POST', { until: 'tomorrow' }],
  ])('%s by %s with what it does not know, or without what it needs: 400', async (path, method, sent) => {
    const answer = await call<Problem>(path, { method, ifMatch: etag, ...(sent === undefined ? {} : { body: sent }) });
    expect(answer).toMatchObject({ status: 400, body: { type: 'urn:sluice:sluice-request-invalid' } });
  });

  it('and nobody without the token sees or moves anything', async () => {
    for (const [path, method] of [
      ['/position', 'GET'],
      ['/position', 'PUT'],
      ['/position', 'DELETE'],
      ['/position/history', 'GET'],
      ['/restart', 'POST'],
    ] as const) {
      expect((await call(path, { method, authorised: false })).status, `${method} ${path}`).toBe(401);
    }
  });
});

it('OpenAPI describes the routes, their bodies and every answer', async () => {
  const { body } = await system.producer.get('/api-json');
  const { paths, components } = body as {
    paths: Record<
      string,
      Record<string, { requestBody?: unknown; responses: object; parameters?: { name: string }[] }>
    >;
    components: { schemas: Record<string, unknown> };
  };
  const position = paths['/api/v1/streams/{name}/position'];
  expect(Object.keys(position ?? {}).sort()).toEqual(['delete', 'get', 'put']);
  const answers = ['200', '400', '401', '403', '404', '409', '412', '413', '414', '415', '422', '428', '429', '503'];
  expect(Object.keys(position?.['put']?.responses ?? {}).sort()).toEqual(answers);
  expect(JSON.stringify(position?.['put']?.requestBody)).toContain('SetPosition');
  expect(position?.['put']?.parameters?.map(({ name }) => name).sort()).toEqual(['If-Match', 'dryRun', 'name']);
  expect(position?.['delete']?.parameters?.map(({ name }) => name).sort()).toEqual([
    'If-Match',
    'by',
    'dryRun',
    'name',
    'reason',
  ]);
  expect(Object.keys(components.schemas)).toEqual(
    expect.arrayContaining(['SetPosition', 'StreamPosition', 'PositionChangeResult']),
  );
});
