import {
  claimedBodyOf,
  decodeChangeEvent,
  HEADER_CLAIM,
  isBodyOf,
  readRawChange,
  withoutFields,
  type OmittableField,
} from '@sluice/contracts';
import { BSON, Timestamp } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { ClaimedBodies } from '../claim-check/claimed-bodies.js';
import { streamSchema } from '../config/streams-file.schema.js';
import { ChangeMessageMapper } from './change-message.mapper.js';
import { MessageFitter } from './message.fitter.js';

const LIMIT = 2048;
const clusterTime = new Timestamp({ t: 1_767_225_600, i: 1 });

class ClaimedBodiesInMemory extends ClaimedBodies {
  readonly bodies = new Map<string, Uint8Array>();
  failures = 0;

  put(claim: string, body: Uint8Array): Promise<void> {
    if (this.failures-- > 0) return Promise.reject(new Error('the state database is away'));
    this.bodies.set(claim, body);
    return Promise.resolve();
  }
  renew = () => Promise.resolve();
  sweep = () => Promise.resolve({ bodies: 0, fragments: 0 });
}

/** An update whose fields have so many bytes. */
function changeWith(sizes: Partial<Record<OmittableField | '_id', number>>) {
  const text = (field: keyof typeof sizes) => 'x'.repeat(sizes[field] ?? 1);
  return readRawChange(
    BSON.serialize({
      _id: { _data: '82AB' },
      operationType: 'update',
      clusterTime,
      ns: { db: 'shop', coll: 'orders' },
      documentKey: { _id: text('_id') },
      fullDocument: { text: text('fullDocument') },
      fullDocumentBeforeChange: { text: text('fullDocumentBeforeChange') },
      updateDescription: { updatedFields: { text: text('updateDescription') } },
    }),
  );
}

async function fit(onOversize: string, format: string, change: ReturnType<typeof changeWith>, failures = 0) {
  const stream = streamSchema.parse({
    name: 'shop',
    scope: { database: 'shop' },
    maxMessageBytes: LIMIT,
    onOversize,
    format,
  });
  const mapper = new ChangeMessageMapper(stream, 'sluice.events', 1);
  const claims = new ClaimedBodiesInMemory();
  claims.failures = failures;
  const told: unknown[] = [];
  const fitter = new MessageFitter(stream, mapper, claims, {
    fitted: (how) => told.push(how),
    storing: (reason, _attempt, { eventId, stream: name, position: at }) => told.push(reason, [eventId, name, at]),
  });
  const position = { clusterTime: change.clusterTime, generation: 0, ordinal: 0 };
  const whole = mapper.messageOf(change, position);
  expect(fitter.fits(whole)).toBe(false);
  const message = await fitter.fit(whole, change, position, new AbortController().signal);
  const { event } = decodeChangeEvent(message.body, message.properties.contentType);
  return { message, event, claims, told };
}

describe.each(['json', 'bson'])('a change too large for a message, as %s', (format) => {
  it.each<[string, Parameters<typeof changeWith>[0], OmittableField[]]>([
    ['its pre-image', { fullDocumentBeforeChange: 4000, fullDocument: 900 }, ['fullDocumentBeforeChange']],
    ['its document too', { fullDocument: 4000 }, ['fullDocumentBeforeChange', 'fullDocument']],
    [
      'the description of its update at last',
      { updateDescription: 4000 },
      ['fullDocumentBeforeChange', 'fullDocument', 'updateDescription'],
    ],
  ])('leaves out %s, no more than it must, and says so', async (_what, sizes, left) => {
    const { message, event, told } = await fit('omitDocument', format, changeWith(sizes));
    expect(message.body.length).toBeLessThanOrEqual(LIMIT);
    expect(event.omitted).toEqual(Object.fromEntries(left.map((name) => [name, true])));
    expect(message.properties.headers).not.toHaveProperty(HEADER_CLAIM);
    expect(told).toEqual(['omitted']);
  });

  it('has under claimCheck stored what is left out before it is a message, and names it in a header', async () => {
    const change = changeWith({ fullDocument: 4000 });
    const { message, claims, told } = await fit('claimCheck', format, change, 1);
    const claim = String((message.properties.headers as Record<string, unknown>)[HEADER_CLAIM]);
    const body = claims.bodies.get(claim) ?? Buffer.alloc(0);
    expect(isBodyOf(claim, body)).toBe(true);
    const fitting = withoutFields(change, ['fullDocumentBeforeChange', 'fullDocument']);
    expect(body).toEqual(claimedBodyOf(change, fitting));
    const which = [message.id, 'shop', message.position];
    expect(told).toEqual([
      expect.stringMatching(/again: the state database is away/),
      which,
      undefined,
      which,
      'claimed',
    ]);
  });

  it('has under fail an error that names event, size, limit and what to do', async () => {
    await expect(fit('fail', format, changeWith({ fullDocument: 4000 }))).rejects.toMatchObject({
      code: 'SLUICE-MESSAGE-OVERSIZE',
      event: { eventId: expect.stringMatching(/^\w{32}$/) as string, stream: 'shop' },
      message: expect.stringMatching(
        /event \w{32}, "update.shop.orders", makes a message of \d+ bytes; maxMessageBytes allows 2048.*claimCheck/,
      ) as string,
    });
  });

  it.each(['claimCheck', 'omitDocument'])(
    'ends under %s with an error where its key alone is too large: it would never pass',
    async (onOversize) => {
      await expect(fit(onOversize, format, changeWith({ _id: 4000 }))).rejects.toMatchObject({
        code: 'SLUICE-MESSAGE-OVERSIZE',
        message: expect.stringMatching(/even without its documents.*Raise maxMessageBytes/) as string,
      });
    },
  );
});
