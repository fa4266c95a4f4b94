import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groupStatusSchema, type GroupStatus } from '@sluice/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ran } from './surroundings.fixture.js';

const problem = (status: number, detail: string, code?: string) => ({
  status,
  body: { type: 'urn:sluice:test', title: 'Test', status, detail, ...(code === undefined ? {} : { code }) },
});
const position = {
  stream: 'shop',
  epoch: 7,
  generation: 1,
  last: null,
  clusterTime: null,
  readTo: '2026-03-02T09:00:00.000Z',
  resumeToken: { _data: 'abc' },
  savedAt: '2026-03-02T09:00:00.000Z',
  isPaused: true,
  pipelineChanged: false,
};
const changed = {
  isApplied: false,
  isAccepted: true,
  serverSays: 'the change stream opened there',
  oplogSince: '2026-03-01T00:00:00.000Z',
  effect: { kind: 'repeats', from: '2026-03-02T08:00:00.000Z', to: '2026-03-02T09:00:00.000Z' },
  position,
};
const operation = {
  ...{
    id: 'op-1',
    kind: 'replay',
    letter: null,
    filter: {},
    ...{ eventId: null, stream: null, position: null },
    by: 'ann',
    reason: null,
    total: 3,
    superseded: 0,
    error: null,
  },
  ...{ startedAt: '2026-03-02T09:59:00.000Z', changedAt: '2026-03-02T09:59:00.000Z' },
};
const seen = { 'GET /streams/shop/position': { body: position, etag: '"7.12"' } };

describe('a wrong call ends with 2 and asks nothing of any server', () => {
  it.each([
    ['an unknown command', ['streems'], /Did you mean streams/],
    ['no subcommand', ['streams'], /Usage: sluice streams/],
    ['an unknown option', ['status', '--jsn'], /unknown option '--jsn'/],
    ['no stream', ['streams', 'pause'], /missing required argument 'stream'/],
    ['a position without a target', ['position', 'set', 'shop'], /--to/],
    ['a position that is none', ['position', 'set', 'shop', '--to', 'yesterday', '--reason', 'x'], /now, a time/],
    ['a change without a reason', ['position', 'delete', 'shop'], /--reason .*\n.*--dry-run/],
    ['a reason that dead letters do not have', ['dead-letters', 'list', '--failure', 'bad'], /handler-failed/],
    ['a replay of nothing in particular', ['dead-letters', 'replay'], /--all/],
    ['a replay of two things', ['dead-letters', 'replay', 'id', '--all'], /which dead letters/],
    ['a token on the command line', ['status', '--token', 'secret'], /unknown option '--token'/],
    ['an address that is none', ['status', '--producer-url', 'localhost'], /http\(s\):\/\/host:port/],
    ['a password in an address', ['status', '--consumer-url', 'http://ann:secret@host'], /--token-file/],
    ['a tail of an unknown operation', ['tail', '--operation', 'upsert'], /insert/],
  ])('%s', async (_what, args, says) => {
    const { code, err, out, asked } = await ran(args);
    expect(code).toBe(2);
    expect(err).toMatch(says);
    expect(`${err}${out}`).not.toContain('secret@');
    expect(asked).toEqual([]);
  });

  it('help is no failure', async () => {
    expect(await ran(['position', 'set', '--help'])).toMatchObject({ code: 0, err: '' });
  });
});

describe('what a server does not do ends with 1, says what was found, and what to do', () => {
  it.each([
    [
      'nobody listens',
      {},
      /cdc-producer is not reached at http:\/\/127.0.0.1:3000: connect ECONNREFUSED[^]*npm run start:producer[^]*SLUICE_PRODUCER_URL/,
    ],
    ['401', { 'GET /streams': problem(401, 'no token') }, /no token[^]*--token-file/],
    ['403', { 'GET /streams': problem(403, 'a viewer may not') }, /a viewer may not[^]*role operator/],
    [
      'another server',
      { 'GET /streams': { status: 404, body: '<html>' } },
      /did not answer as a cdc-producer[^]*--producer-url/,
    ],
    [
      'an older app',
      { 'GET /streams': { body: { streams: [{ name: 'shop' }] } } },
      /streams\.0\.state[^]*same version/,
    ],
  ])('%s', async (_what, answers, says) => {
    const { code, err, out } = await ran(['streams', 'list'], { answers });
    expect(code).toBe(1);
    expect(err).toMatch(says);
    expect(out).toBe('');
  });

  it('an order that an older app has carried out is not told as one that came to nothing', async () => {
    const answers = { 'POST /streams/shop/resume': { body: { name: 'shop' } } };
    const { code, err } = await ran(['streams', 'resume', 'shop'], { answers });
    expect([code, err]).toEqual([1, expect.stringMatching(/state: [^]*it has taken the request/)]);
  });

  it("an unknown stream is told in the server's words, which name the known ones", async () => {
    const unknown = problem(404, 'there is no stream "shopp"; configured are shop', 'SLUICE-STREAM-NOT-FOUND');
    const { code, err } = await ran(['streams', 'pause', 'shopp'], {
      answers: { 'POST /streams/shopp/pause': unknown },
    });
    expect([code, err]).toEqual([
      1,
      'SLUICE-STREAM-NOT-FOUND  cdc-producer: there is no stream "shopp"; configured are shop\n',
    ]);
  });

  it('with --json the failure is JSON too', async () => {
    const { err } = await ran(['streams', 'list', '--json']);
    expect(JSON.parse(err)).toMatchObject({
      code: 'SLUICE-CLI-NOT-REACHED',
      advice: [expect.any(String), expect.any(String)],
    });
  });

  it('status shows the app that answers, and fails for the other', async () => {
    const { code, out, err } = await ran(['status'], { answers: { 'GET /streams': { body: { streams: [] } } } });
    expect([code, out]).toEqual([1, expect.stringMatching(/^STREAM/)]);
    expect(err).toMatch(/cdc-consumer is not reached/);
  });

  it.each([
    ['names the page that shows live push where it is on', 'on', 'http://127.0.0.1:3001/realtime/demo'],
    ['says nothing of live push where it is off', 'off', null],
  ])('status %s', async (_what, value, demo) => {
    const settings = [{ name: 'REALTIME', value, source: 'environment', isHidden: false }];
    const answers = {
      'GET /streams': { body: { streams: [] } },
      'GET /groups': { body: { groups: [], others: [] } },
      'GET /config': { body: { app: 'cdc-consumer', settings } },
    };
    const environment = { SLUICE_CONSUMER_URL: 'http://127.0.0.1:3001' };
    const { code, out } = await ran(['status'], { answers, environment });
    expect([code, out.includes('/realtime/demo')]).toEqual([0, demo !== null]);
    expect(JSON.parse((await ran(['status', '--json'], { answers, environment })).out)).toMatchObject({ demo });
  });

  it.each([
    ['who paused a group, when and why', 'ann', 'new disks', 'orders: paused 5m ago by ann: new disks\n'],
    ['that a group is paused where nothing else is known', null, null, 'orders: paused 5m ago\n'],
  ])('status says %s', async (_what, by, reason, says) => {
    const running = groupStatusSchema.parse(groupStatusSchema.meta()?.['example']);
    const pause = { since: '2026-03-02T09:55:00.000Z', by, reason };
    const status = async (group: GroupStatus) => {
      const answers = {
        'GET /streams': { body: { streams: [] } },
        'GET /groups': { body: { groups: [group], others: [] } },
      };
      return (await ran(['status'], { answers })).out;
    };
    expect(await status({ ...running, consuming: 'paused', pause })).toContain(`\n\n${says}`);
    expect(await status(running)).not.toContain('orders: ');
  });
});

describe('the token', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const answers = { 'GET /streams': { body: { streams: [] } } };
  const sent = async (args: string[], environment = {}) =>
    (await ran(['streams', 'list', ...args], { answers, environment })).asked[0]?.headers.get('authorization');

  it('comes from a file, without the line break at its end, before the variable; none is none', async () => {
    writeFileSync(join(folder, 'token'), 'from-the-file\n');
    expect(await sent(['--token-file', join(folder, 'token')], { SLUICE_TOKEN: 'x' })).toBe('Bearer from-the-file');
    expect(await sent([], { SLUICE_TOKEN: 'from-the-variable' })).toBe('Bearer from-the-variable');
    expect(await sent([])).toBeNull();
  });

  it.each([['one that is not there'], ['an empty one'], ['one with two lines']])('is refused from %s', async (what) => {
    const file = join(folder, 'token');
    if (what !== 'one that is not there') writeFileSync(file, what === 'an empty one' ? '' : 'one\ntwo');
    const { code, err, asked } = await ran(['streams', 'list', '--token-file', file], { answers });
    expect([code, asked]).toEqual([2, []]);
    expect(err).toMatch(/^SLUICE-CLI-TOKEN-/);
    expect(err).not.toMatch(/one\n?two/);
  });
});

describe('a change of position', () => {
  const args = ['position', 'set', 'shop', '--to', '2026-03-02T08:00:00Z'];

  it('is tried without a reason, and the answer says how to do it', async () => {
    const answers = { ...seen, 'PUT /streams/shop/position': { body: changed } };
    const { code, out, asked } = await ran([...args, '--dry-run'], { answers });
    expect(code).toBe(0);
    expect(asked[1]?.url).toMatch(/dryRun=true$/);
    expect(asked[1]?.headers.get('if-match')).toBeNull();
    expect(out).toContain('changes from 2026-03-02T08:00:00Z to 2026-03-02T09:00:00Z come again');
    expect(out).toContain("sluice position set shop --to 2026-03-02T08:00:00Z --if-match 7.12 --reason '...'");
  });

  it('names the position that it looked at, who asks and why', async () => {
    const answers = { ...seen, 'PUT /streams/shop/position': { body: { ...changed, isApplied: true } } };
    const { code, out, asked } = await ran([...args, '--reason', 'that hour again'], { answers });
    expect(code).toBe(0);
    expect(asked[1]?.headers.get('if-match')).toBe('"7.12"');
    expect(asked[1]?.body).toEqual({ to: '2026-03-02T08:00:00Z', by: 'ann', reason: 'that hour again' });
    expect(out).toContain('sluice streams resume shop');
  });

  it('of a running stream is refused before it is tried: its position moves with every save', async () => {
    const running = { 'GET /streams/shop/position': { body: { ...position, isPaused: false }, etag: '"7.13"' } };
    const { code, err, asked } = await ran([...args, '--reason', 'x'], { answers: running });
    expect([code, asked.length]).toEqual([1, 1]);
    expect(err).toMatch(/SLUICE-STREAM-NOT-PAUSED[^]*sluice streams pause shop/);
  });

  it('takes a token from a line of the log on standard input', async () => {
    const answers = { ...seen, 'PUT /streams/shop/position': { body: changed } };
    const input = '{"level":20,"msg":"checkpoint","resumeToken":{"_data":"8265"}}\n';
    const { asked } = await ran(['position', 'set', 'shop', '--to', '-', '--dry-run'], { answers, input });
    expect(asked[1]?.body).toMatchObject({ to: { _data: '8265' } });
  });

  it('that meets another one says to look again', async () => {
    const late = problem(412, 'the position of stream "shop" is not the one', 'SLUICE-POSITION-CHANGED');
    const answers = { ...seen, 'PUT /streams/shop/position': late };
    const { code, err } = await ran([...args, '--reason', 'x', '--if-match', '7.11'], { answers });
    expect(code).toBe(1);
    expect(err).toMatch(/SLUICE-POSITION-CHANGED[^]*sluice position get/);
  });
});

describe('a replay of many', () => {
  it('is waited for, and ends with what became of it', async () => {
    const answers = {
      'POST /dead-letters/replay': { status: 202, body: { ...operation, state: 'running', scanned: 0, taken: 0 } },
      'GET /dead-letters/operations/op-1': { body: { ...operation, state: 'done', scanned: 3, taken: 2 } },
    };
    const { code, out, asked } = await ran(['dead-letters', 'replay', '--handler', 'Mail.send'], { answers });
    expect(code).toBe(0);
    expect(asked[0]?.body).toEqual({ filter: { handler: 'Mail.send' }, by: 'ann' });
    expect(out).toMatch(/replayed +2; 3 of 3 looked at/);
  });

  it('that fails is a failure', async () => {
    const failed = { ...operation, state: 'failed', scanned: 1, taken: 1, error: 'the broker is away' };
    const answers = { 'POST /dead-letters/replay': { status: 202, body: failed } };
    const { code, err } = await ran(['dead-letters', 'replay', '--all'], { answers });
    expect(code).toBe(1);
    expect(err).toMatch(/after 1 letters: the broker is away[^]*still there/);
  });
});

describe('a tail asks first whether a group is registered', () => {
  it.each([
    ['nobody can say', {}],
    ['none is', { 'GET /groups': { body: { groups: [], others: [] } } }],
  ])('and is refused where %s: its queue would pass for the first group', async (_what, answers) => {
    const { code, err } = await ran(['tail'], { answers, environment: { RABBITMQ_URI: 'amqp://nobody' } });
    expect(code).toBe(1);
    expect(err).toMatch(/SLUICE-CLI-NO-GROUP[^]*Start a consumer first/);
  });
});

describe('completion', () => {
  const said = async (args: string[], answers = {}) => {
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    await ran(args, { answers });
    log.mockRestore();
    return lines;
  };

  it.each(['bash', 'zsh', 'fish'])('has a script for %s that calls this program', async (shell) => {
    expect((await said(['completion', shell])).join('\n')).toMatch(/sluice complete -- /);
  });

  it('knows commands and options', async () => {
    expect(await said(['complete', '--', 'dead-letters', 're'])).toContainEqual(expect.stringMatching(/^replay\t/));
    const options = await said(['complete', '--', 'position', 'set', '--']);
    for (const option of ['--to', '--dry-run', '--json']) {
      expect(options).toContainEqual(expect.stringMatching(new RegExp(`^${option}\t`)));
    }
  });
});
