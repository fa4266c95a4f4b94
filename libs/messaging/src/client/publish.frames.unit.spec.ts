import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameBuffer } from './frame.buffer.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { isPlain } from './plain-message.policy.js';
import { PublishFrames } from './publish.frames.js';

type Send = (this: object, ...args: unknown[]) => unknown;

const CHANNEL = 7;
const require = createRequire(import.meta.url);
/** Of the installed amqplib; its package names no such paths, because they are its own business. */
const internal = (file: string) => require(join(dirname(require.resolve('amqplib')), 'lib', file)) as unknown;
const { Connection } = internal('connection.js') as {
  Connection: { prototype: { sendMessage: Send; sendContent: Send } };
};
const { publish } = internal('api_args.js') as { publish: (...args: unknown[]) => object };
const { BasicPublish, BasicProperties } = internal('defs.js') as { BasicPublish: number; BasicProperties: number };

function byAmqplib({ exchange, routingKey, body, properties }: OutgoingMessage, frameMax: number): Buffer {
  const { sendMessage, sendContent } = Connection.prototype;
  const written: Buffer[] = [];
  const buffer = { write: (bytes: Buffer) => written.push(bytes) };
  const connection = { frameMax, channels: { [CHANNEL]: { buffer } }, sendContent };
  const fields = publish(exchange, routingKey, properties);
  sendMessage.call(connection, CHANNEL, BasicPublish, fields, BasicProperties, fields, body);
  return Buffer.concat(written);
}

function byUs(messages: readonly OutgoingMessage[], frameMax: number): Buffer {
  const written: Buffer[] = [];
  const buffer = new FrameBuffer((piece) => written.push(piece));
  const frames = new PublishFrames(buffer, CHANNEL, frameMax);
  for (const message of messages) if (isPlain(message)) frames.add(message);
  buffer.flush();
  return Buffer.concat(written);
}

const texts = (maxLength: number) => fc.string({ unit: 'grapheme', maxLength });
/** No two neighbouring bytes the same. */
const bodyOf = (size: number) => Buffer.from(Uint8Array.from({ length: size }, (_, at) => at * 7));
const headerValues = fc.oneof(
  texts(300),
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  fc.integer({ min: -200, max: 40_000 }),
);
const messages: fc.Arbitrary<OutgoingMessage> = fc.record({
  exchange: texts(60),
  routingKey: texts(60),
  body: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 20_000 })).map(bodyOf),
  properties: fc.record(
    {
      contentType: texts(40),
      headers: fc.dictionary(texts(40), headerValues, { maxKeys: 5 }),
      persistent: fc.boolean(),
      mandatory: fc.boolean(),
      messageId: texts(60),
      timestamp: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      type: texts(40),
      appId: texts(40),
    },
    { requiredKeys: [] },
  ),
});

describe('the frames of plain messages', () => {
  it('are byte for byte those that amqplib sends, however the messages lie in memory', () => {
    const frameSizes = fc.constantFrom(4_096, 131_072);
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 8 }), frameSizes, (all, frameMax) => {
        const expected = Buffer.concat(all.map((message) => byAmqplib(message, frameMax)));
        expect(all.every(isPlain)).toBe(true);
        expect(byUs(all, frameMax).equals(expected)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('are handed on in pieces, and a piece is never written to again', () => {
    const pieces: { piece: Buffer; copy: Buffer }[] = [];
    const buffer = new FrameBuffer((piece) => pieces.push({ piece, copy: Buffer.from(piece) }));
    const frames = new PublishFrames(buffer, CHANNEL, 131_072);
    const message = { exchange: 'e', routingKey: 'k', body: Buffer.alloc(600, 'x'), properties: { persistent: true } };
    for (let sent = 0; sent < 1_000; sent++) frames.add(message);
    buffer.flush();
    expect(pieces.length).toBeLessThan(20);
    expect(pieces.every(({ piece, copy }) => piece.equals(copy))).toBe(true);
  });
});

describe('a message is left to amqplib', () => {
  const plain = { exchange: 'e', routingKey: 'k', body: Buffer.alloc(0), properties: {} };
  it.each<[string, OutgoingMessage]>([
    ['with a property that ours have not', { ...plain, properties: { expiration: 5 } }],
    ['with a table in its headers', { ...plain, properties: { headers: { 'x-death': [{ count: 1 }] } } }],
    ['with a number that is no int32 in its headers', { ...plain, properties: { headers: { at: 2 ** 40 } } }],
    ['with a fraction in its headers', { ...plain, properties: { headers: { share: 0.5 } } }],
    [
      'with more headers than a frame should carry',
      { ...plain, properties: { headers: { stack: 'x'.repeat(60_000) } } },
    ],
    ['with a text that is too long for its property', { ...plain, properties: { messageId: 'é'.repeat(128) } }],
  ])('%s', (_what, message) => {
    expect(isPlain(message)).toBe(false);
  });
});
