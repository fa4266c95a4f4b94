import { Logger } from '@nestjs/common';
import { DEAD_LETTER_HEADERS, encodeChangeEvent, positionKey, type DeadLetterOperation } from '@sluice/contracts';
import { anInsert } from '@sluice/testing';
import type { Message } from 'amqplib';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { DeadLetterDesk } from './dead-letter.desk.js';
import type { DeadLetterReplayer } from './dead-letter.replayer.js';
import type { DeadLetterScan, Visit } from './dead-letter.scan.js';
import type { OperationStore } from './operation.store.js';

const events = [1, 2].map((_id) => anInsert('shop.orders', { _id }));
const named = events.map(({ id, stream, position }) => ({ eventId: id, stream, position: positionKey(position) }));
const nothing = { eventId: null, stream: null, position: null };

function aLetter(id: string, content: Buffer): Message {
  const properties = { headers: { [DEAD_LETTER_HEADERS.id]: id } };
  return { content, properties } as unknown as Message; // as far as the desk looks
}

/** Two letters of events and one that cannot be read; what is done to them is noted in `steps`, in its order. */
function aDesk() {
  const letters = [...events.map((event, index) => aLetter(`letter-${index}`, encodeChangeEvent(event).body))];
  letters.push(aLetter('unreadable', Buffer.from('?')));
  const steps: unknown[] = [];
  let record: Partial<DeadLetterOperation> = {};
  const report = (_id: string, change: object) => {
    record = { ...record, ...change };
    return Promise.resolve(false);
  };
  const scan = {
    run: async (visit: Visit) => {
      const total = letters.length;
      for (const [index, letter] of letters.entries()) {
        const verdict = await visit(letter, { total, scanned: index + 1 });
        if (verdict === 'take' || verdict === 'last') steps.push({ taken: index, record });
        if (verdict === 'end' || verdict === 'last') return { total, scanned: index + 1 };
      }
      return { total, scanned: total };
    },
  };
  const operations = { begin: report, report, find: () => Promise.resolve(record) };
  const replayer = { replay: () => Promise.resolve('replayed') };
  const desk = new DeadLetterDesk(
    scan as unknown as DeadLetterScan, // of each what the desk asks for, here and below
    replayer as unknown as DeadLetterReplayer,
    operations as unknown as OperationStore,
  );
  return { desk, steps };
}

describe('what stays of a dead letter that was taken', () => {
  let log: MockInstance<Logger['log']>;
  beforeEach(() => (log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined)));
  afterEach(() => vi.restoreAllMocks());
  const lines = () => log.mock.calls.map(([line]) => line as unknown);

  it('is its event in the log, and in the operation before the letter is gone, where it is discarded', async () => {
    const { desk, steps } = aDesk();
    const operation = await desk.discard('letter-1', { by: 'ada' });
    expect(steps).toMatchObject([{ taken: 1, record: { ...named[1], letter: 'letter-1' } }]);
    expect(operation).toMatchObject({ ...named[1], kind: 'discard', state: 'done', taken: 1 });
    expect(lines()).toMatchObject([
      { msg: 'dead letters: discard', letter: 'letter-1' },
      { msg: 'dead letter discarded', letter: 'letter-1', ...named[1] },
    ]);
  });

  it('is its event where it is replayed', async () => {
    const { desk } = aDesk();
    expect(await desk.replay('letter-0', {})).toMatchObject({ ...named[0], kind: 'replay', state: 'done' });
    expect(lines()[1]).toMatchObject({ msg: 'dead letter replayed', letter: 'letter-0', ...named[0] });
  });

  it('is nothing of a message that cannot be read', async () => {
    const { desk } = aDesk();
    expect(await desk.discard('unreadable', {})).toMatchObject({ ...nothing, state: 'done' });
    expect(lines()[1]).toMatchObject({ msg: 'dead letter discarded', letter: 'unreadable', ...nothing });
  });

  it('is a line for each event of a replay of many, whose operation is about none of them', async () => {
    const { desk } = aDesk();
    await desk.replayAll({ namespace: 'shop.orders' }, {});
    await vi.waitFor(async () => expect(await desk.operation('any')).toMatchObject({ ...nothing, taken: 2 }));
    expect(lines().slice(1)).toMatchObject([
      { msg: 'dead letter replayed', letter: 'letter-0', ...named[0] },
      { msg: 'dead letter replayed', letter: 'letter-1', ...named[1] },
    ]);
  });
});
