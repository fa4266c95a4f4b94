import { encodeChangeEvent, HEADER_POSITION, HEADER_STREAM, positionKey, type ChangeEvent } from '@sluice/contracts';
import { anInsert } from '@sluice/testing';
import type { Message } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { letterDetail, letterEvent, letterStatus } from './found-letter.mapper.js';

function aLetter(content: Buffer, headers: Record<string, unknown> = {}): Message {
  return { content, properties: { headers } } as unknown as Message; // as far as the mapper looks
}
const nothing = { eventId: null, stream: null, position: null };

describe('the event in a dead letter', () => {
  const event: ChangeEvent = anInsert('shop.orders', { _id: 1 });
  const named = { eventId: event.id, stream: event.stream, position: positionKey(event.position) };

  it('is told by its id, stream and position', () => {
    const letter = aLetter(encodeChangeEvent(event).body);
    expect(letterEvent(letter)).toEqual(named);
    expect(letterStatus(letter)).toMatchObject(named);
    expect(letterDetail(letter)).toMatchObject(named);
  });

  it('is told as far as its headers say it, where it cannot be read', () => {
    const headers = { [HEADER_STREAM]: 'shop', [HEADER_POSITION]: 'somewhere' };
    expect(letterEvent(aLetter(Buffer.from('?'), headers))).toEqual({
      eventId: null,
      stream: 'shop',
      position: 'somewhere',
    });
  });

  it('is not there in a foreign message', () => {
    expect(letterEvent(aLetter(Buffer.from('?'), { [HEADER_STREAM]: 7 }))).toEqual(nothing);
  });
});
