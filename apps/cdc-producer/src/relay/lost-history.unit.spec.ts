import { Logger } from '@nestjs/common';
import { MongoNetworkError, MongoServerError, Timestamp } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HistoryLostError } from '../change-stream/stream.error.js';
import { LostHistory } from './lost-history.js';

const reached = new Timestamp({ t: 100, i: 1 });
const oldest = new Timestamp({ t: 300, i: 1 });
const now = new Timestamp({ t: 900, i: 1 });
const lost = new HistoryLostError('lost', { cause: new Error('286') });
const signal = new AbortController().signal;

beforeEach(() => void vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined));
afterEach(() => vi.restoreAllMocks());

const history = (readOldest: () => Promise<Timestamp | null>, onHistoryLost: 'gap' | 'fail' = 'gap') =>
  new LostHistory({ name: 'shop', onHistoryLost }, { oldest: readOldest, now: () => Promise.resolve(now) });
const endOf = async (readOldest: () => Promise<Timestamp | null>) => {
  const { to } = await history(readOldest).cross(reached, signal);
  return to;
};

describe('where a stream goes on', () => {
  it('is the oldest change there is', async () => {
    expect(await endOf(() => Promise.resolve(oldest))).toEqual(oldest);
  });

  it('is now where the oplog is empty, or not for this user', async () => {
    expect(await endOf(() => Promise.resolve(null))).toEqual(now);
    expect(await endOf(() => Promise.reject(new MongoServerError({ code: 13 })))).toEqual(now);
  });

  it('waits for a server that is away: now would lose what the oplog still has', async () => {
    const answers = [Promise.reject(new MongoNetworkError('gone')), Promise.resolve(oldest)];
    expect(await endOf(() => answers.shift() ?? Promise.resolve(null))).toEqual(oldest);
  });

  it('is given up when the stream stops', async () => {
    const stopped = AbortSignal.abort(new Error('stopping'));
    await expect(history(() => Promise.resolve(oldest)).cross(reached, stopped)).rejects.toThrow('stopping');
  });
});

describe('a gap', () => {
  const begins = () => Promise.resolve(oldest);
  const both = /"shop" stands at 1970-01-01T00:01:40\.000Z, but the oplog now begins at 1970-01-01T00:05:00\.000Z/;

  it('is refused under onHistoryLost: fail, with what was lost since when, what to do, and the cause', async () => {
    const judged = history(begins, 'fail').judge(lost, reached);
    await expect(judged).rejects.toMatchObject({ code: 'SLUICE-STREAM-HISTORY-LOST', cause: lost.cause });
    await expect(judged).rejects.toThrow(both);
    await expect(judged).rejects.toThrow(/changes between the two are lost to it\. Set onHistoryLost: gap/);
  });

  it('is refused without a look at the oplog where the server is away: the stream says what it knows', async () => {
    const away = () => Promise.reject(new MongoNetworkError('gone'));
    await expect(history(away, 'fail').judge(lost, reached)).rejects.toThrow(/changes since then are lost to it/);
  });

  it('is refused right behind another one, and is news once something has been read', async () => {
    const stream = history(begins);
    await stream.judge(lost, reached);
    await expect(stream.judge(lost, reached)).rejects.toThrow(/nothing could be read behind the gap/);
    stream.progressed();
    await stream.judge(lost, reached);
  });
});
