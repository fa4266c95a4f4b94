import { describe, expect, it } from 'vitest';
import { anInsert, aDelivery, RecordingLogger } from '../fixtures.spec.js';
import { EventContext } from './event-context.js';
import { traceContextOf } from './trace-context.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('the trace of a message', () => {
  it('is read from its headers', () => {
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    const ids = { traceId: TRACE, parentId: SPAN };
    expect(traceContextOf({ traceparent, tracestate: 'a=b' })).toEqual({
      ...ids,
      sampled: true,
      traceparent,
      tracestate: 'a=b',
    });
    expect(traceContextOf({ traceparent: `00-${TRACE}-${SPAN}-02` })).toMatchObject({ ...ids, sampled: false });
    expect(traceContextOf({ traceparent: `cc-${TRACE}-${SPAN}-01-what-comes-later` })).toMatchObject(ids);
  });

  it.each([
    undefined,
    7,
    Buffer.from(`00-${TRACE}-${SPAN}-01`),
    '',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `cc-${TRACE}-${SPAN}-01.more`,
  ])('is none where the header is %j', (traceparent) => {
    expect(traceContextOf({ traceparent })).toBeUndefined();
  });

  it('stands in the context and in every line of its logger', () => {
    const logger = new RecordingLogger();
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01` };
    const context = new EventContext(anInsert(), aDelivery({ headers }), { handler: 'A.b', attempt: 1 }, logger);
    expect(context.trace?.traceId).toBe(TRACE);
    context.logger.info('line');
    expect(logger.lines).toMatchObject([{ fields: { eventId: 'event-1', handler: 'A.b', traceId: TRACE } }]);
  });
});
