import { expect, it } from 'vitest';
import { change, TestReceiver } from './feed-world.fixture.js';
import { decodeCursor, streamDigest } from './feed-cursor.codec.js';
import { FeedCounters } from './feed.counters.js';
import { FeedTeller } from './feed.teller.js';
import { ReceiverProgress } from './receiver.progress.js';

const QUEUE = 'test.realtime';

function teller() {
  const told = new FeedTeller(QUEUE, new FeedCounters(), 5);
  return (offset: number, number: number) => {
    const [{ id }, headers] = change('a', number);
    const body = Buffer.alloc(0);
    return told.tell({ offset, id, change: headers, isMark: false, body, contentType: undefined });
  };
}

it('tells one gap of a run that is behind where its stream stood, whoever goes on telling it', () => {
  const receiver = new TestReceiver(
    () => false,
    () => undefined,
  );
  const progress = new ReceiverProgress(QUEUE, receiver, { offset: -1, identity: undefined }, 0);
  const first = teller();
  for (let number = 1; number <= 10; number++) void progress.give(first(number, number));
  const second = teller(); // knows nothing of the change stream
  progress.handedOver();
  for (let number = 3; number <= 12; number++) void progress.give(second(8 + number, number));
  expect(receiver.ids).toEqual([...Array(12).keys()].map((index) => `a ${index + 1}`));
  expect(receiver.gaps).toMatchObject([{ reason: 'overtaken', stream: 'a' }]);
  const gap = receiver.entries.find(({ kind }) => kind === 'gap');
  const { heights } = decodeCursor(gap?.cursor ?? '');
  expect(heights).toEqual(new Map([[streamDigest('a'), change('a', 10)[1].position]]));
});
