import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DeadLetterPage, PositionAuditPage, PositionChangeResult, StreamPosition } from '@sluice/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine, type Ended } from '../harness/command.line.js';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';

const TOKEN = 'a-token-of-this-test';
const refusing = fileURLToPath(new URL('./fixtures/refusing', import.meta.url));

let system: RunningSystem;
let environment: Record<string, string>;
beforeAll(async () => {
  system = await aRunningSystem({
    producerEnv: { ADMIN_TOKEN: TOKEN },
    consumerEnv: { ADMIN_TOKEN: TOKEN, SLUICE_HANDLERS: refusing, REFUSE_UNTIL: 'room' },
  });
  environment = {
    SLUICE_PRODUCER_URL: await system.producer.url(),
    SLUICE_CONSUMER_URL: await system.consumer.url(),
    SLUICE_TOKEN: TOKEN,
    RABBITMQ_URI: system.servers.rabbitmq,
    SLUICE_EXCHANGE: system.exchange,
  };
});
afterAll(() => system.stop());

const start = (args: string[], options?: { byNpx?: boolean; input?: string }) =>
  new CommandLine(args, environment, options);
const sluice = (...args: string[]): Promise<Ended> => start(args).end();
/** What `--json` prints; the call has to succeed. */
async function json<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await sluice(...args, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as T;
}
const orders = () => system.db.collection<{ _id: string; refuse?: boolean }>('orders');

it('npx sluice status shows streams and groups, and into a pipe neither colours nor cut names', async () => {
  const { code, out } = await start(['status'], { byNpx: true }).end();
  expect(code).toBe(0);
  expect(out).toMatch(/^STREAM +STATE[^]*\nmain +running[^]*\nGROUP +STATE[^]*\ndefault +bound +running/);
  // eslint-disable-next-line no-control-regex -- the escape character is what colours begin with
  expect(out).not.toMatch(/\x1b/);
});

it('a stream is shown with everything that is known of it', async () => {
  const { code, out } = await sluice('streams', 'show', 'main');
  expect(code).toBe(0);
  expect(out).toMatch(/^stream +main\n[^]*state +running[^]*published +\d/);
});

it('a token from a file opens, a wrong one is refused and never shown', async () => {
  const file = join(system.folder, 'token');
  writeFileSync(file, `${TOKEN}\n`);
  const { SLUICE_TOKEN: _token, ...without } = environment;
  expect((await new CommandLine(['streams', 'list', '--token-file', file], without).end()).code).toBe(0);
  writeFileSync(file, 'another-token-of-this-test\n');
  const refused = await new CommandLine(['streams', 'list', '--token-file', file], without).end();
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('--token-file') as string });
  expect(refused.err).not.toContain('another-token');
});

it('an unknown stream is told with the known ones, a server that is away with how to start it', async () => {
  expect(await sluice('streams', 'pause', 'shopp')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/there is no stream "shopp"; configured are main/) as string,
  });
  const away = await sluice('status', '--producer-url', 'http://127.0.0.1:9', '--consumer-url', 'http://127.0.0.1:9');
  expect(away).toMatchObject({ code: 1, out: '', err: expect.stringContaining('npm run start:consumer') as string });
});

describe('a position', () => {
  const reason = ['--reason', 'that hour again'];

  it('is looked at, tried, moved only while the stream is paused, and its history says who and why', async () => {
    await orders().insertMany([{ _id: 'a' }, { _id: 'b' }]);
    await system.handledAll(2);
    const before = new Date(Date.now() - 1000).toISOString();
    const running = await sluice('position', 'set', 'main', '--to', 'now', ...reason);
    expect(running).toMatchObject({ code: 1, err: expect.stringContaining('SLUICE-STREAM-NOT-PAUSED') as string });
    expect((await sluice('streams', 'pause', 'main', ...reason)).out).toMatch(/main +paused[^]*that hour again/);

    const seen = await json<StreamPosition>('position', 'get', 'main');
    const tried = await json<PositionChangeResult>('position', 'set', 'main', '--to', before, '--dry-run');
    expect(tried).toMatchObject({ isApplied: false, isAccepted: true, position: { generation: seen.generation + 1 } });
    expect((await json<StreamPosition>('position', 'get', 'main')).epoch).toBe(seen.epoch);

    const moved = await sluice('position', 'set', 'main', '--to', before, ...reason);
    expect(moved).toMatchObject({ code: 0, out: expect.stringContaining('sluice streams resume main') as string });
    const late = await sluice('position', 'set', 'main', '--to', 'now', ...reason, '--if-match', `${seen.epoch}.0`);
    expect(late).toMatchObject({
      code: 1,
      err: expect.stringMatching(/POSITION-CHANGED[^]*look at it again/) as string,
    });
    const { changes } = await json<PositionAuditPage>('position', 'history', 'main');
    expect(changes).toMatchObject([{ number: 1, reason: 'that hour again', request: before }]);
  });

  it('is set to the token in a line of the log, read from standard input', async () => {
    const { resumeToken } = await resumedAndPaused();
    const line = JSON.stringify({ level: 20, stream: 'main', msg: 'checkpoint', resumeToken });
    const args = ['position', 'set', 'main', '--to', '-', ...reason, '--json'];
    const { code, out } = await start(args, { input: `${line}\n` }).end();
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ isApplied: true, position: { resumeToken } });
    expect((await sluice('streams', 'resume', 'main')).code).toBe(0);
    await system.eventually(() => system.producer.isReady());
  });

  /** A position that was read to, and not set by hand, has a token. */
  async function resumedAndPaused(): Promise<StreamPosition> {
    await sluice('streams', 'resume', 'main');
    await orders().insertOne({ _id: 'c' });
    await system.handledAll(3);
    await sluice('streams', 'pause', 'main');
    const position = await json<StreamPosition>('position', 'get', 'main');
    expect(position.resumeToken).not.toBeNull();
    return position;
  }
});

it('a group is paused and resumed, and one that has consumers is not retired', async () => {
  expect((await sluice('groups', 'pause', 'default')).out).toMatch(/default +bound +paused/);
  const range = ['--stream', 'main', '--from', '2026-01-01T00:00:00Z'];
  const tried = await sluice('groups', 'reset', 'default', ...range, '--dry-run');
  expect(tried.out).toMatch(/dry run: nothing is changed[^]*inbox entries +0[^]*to do it: sluice groups reset default/);
  const done = await sluice('groups', 'reset', 'default', ...range, '--reason', 'a test', '--json');
  expect(JSON.parse(done.out)).toMatchObject({ name: 'default', isApplied: true, stream: 'main', inboxEntries: 0 });
  expect((await sluice('groups', 'reset', 'default', ...range)).err).toMatch(/say why/);
  expect((await sluice('inbox', 'unheard-of')).out).toMatch('no handler with once remembers event unheard-of');
  expect((await sluice('groups', 'resume', 'default')).code).toBe(0);
  await system.eventually(async () => / running/.test((await sluice('groups', 'list')).out));
  const { code, err } = await sluice('groups', 'delete', 'default', '--dry-run');
  expect([code, err]).toEqual([1, expect.stringContaining('SLUICE-GROUP-CHANGE-REFUSED')]);
});

it('dead letters are listed, shown, discarded and replayed', async () => {
  await orders().insertMany(['x', 'y', 'z'].map((_id) => ({ _id, refuse: true })));
  const page = () => json<DeadLetterPage>('dead-letters', 'list', '--failure', 'handler-failed');
  await system.eventually(async () => (await page()).letters.length === 3);
  const [first] = (await page()).letters;
  const id = first?.id ?? '';
  const letter = (await sluice('dead-letters', 'show', id)).out;
  expect(letter).toMatch(/Refusing\.handle[^]*no room for [^]*"pattern"/);
  expect(letter).toMatch(/at .*event\.dispatcher\.ts:\d+/); // a line of the sources, not of what was built
  expect((await sluice('dead-letters', 'discard', id, '--reason', 'a test')).out).toMatch(/discarded +1/);
  const gone = await sluice('dead-letters', 'replay', id);
  expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('SLUICE-DEAD-LETTER-NOT-FOUND') as string });
  const replayed = await sluice('dead-letters', 'replay', '--handler', 'Refusing.handle');
  expect(replayed).toMatchObject({ code: 0, out: expect.stringMatching(/done[^]*replayed +2/) as string });
  const { operations } = await json<{ operations: { kind: string }[] }>('dead-letters', 'operations');
  expect(operations.map(({ kind }) => kind)).toEqual(['replay', 'replay', 'discard']);
});

describe('a tail', () => {
  it('shows what is written from then on, of the namespaces and operations that are asked for', async () => {
    const wish = ['--namespace', `${system.database}.orders`, '--operation', 'insert', 'delete', '--json'];
    const tail = start(['tail', ...wish, '--count', '2']);
    await system.eventually(() => tail.err.includes('waiting for events'));
    await system.db.collection<{ _id: string }>('others').insertOne({ _id: 'not asked for' });
    await orders().insertOne({ _id: 'live' });
    await orders().updateOne({ _id: 'live' }, { $set: { refuse: false } });
    await orders().deleteOne({ _id: 'live' });
    const { code, out } = await tail.end();
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as { pattern: string; data: { documentKey: unknown } });
    const place = `${system.database}.orders`;
    expect(events.map(({ pattern }) => pattern)).toEqual([`insert.${place}`, `delete.${place}`]);
    expect(events.map(({ data }) => data.documentKey)).toEqual([{ _id: 'live' }, { _id: 'live' }]);
  });

  it('ends at Ctrl-C, and its queue goes with it', async () => {
    const tail = start(['tail']);
    await system.eventually(() => tail.err.includes('waiting for events'));
    await orders().insertOne({ _id: 'seen' });
    await system.eventually(() => /insert.*orders.*"seen"/.test(tail.out));
    tail.interrupt();
    expect((await tail.end()).code).toBe(0);
  });
});

it('completion knows the streams and groups that there are', async () => {
  // An app that does not answer at once is not waited for.
  await system.eventually(async () => /^main\t/.test((await sluice('complete', '--', 'streams', 'pause', '')).out));
  await system.eventually(async () => /^default\t/.test((await sluice('complete', '--', 'groups', 'pause', '')).out));
});
