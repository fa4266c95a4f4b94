import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeMessage } from './change-message.js';
import { PublishWindow } from './publish-window.js';

const message = (id: string): ChangeMessage => ({
  id,
  pattern: `insert.shop.${id}`,
  operation: 'insert',
  exchange: 'x',
  routingKey: id,
  body: Buffer.alloc(10),
  properties: {},
});
const nobodys = () => false;

describe('a publish window', () => {
  it('moves the watermark only over the contiguous confirmed run', () => {
    const window = new PublishWindow<string>();
    for (const id of ['a', 'b', 'c']) window.add({ message: message(id), mark: id });
    for (let i = 0; i < 3; i++) window.takeUnsent();
    window.settle(2, false, true);
    expect(window.advance()).toBeUndefined();
    window.settle(1, false, true);
    expect(window.advance()).toEqual({ mark: 'b', sequence: 2 });
  });

  it('lets a place without a message through behind what stands before it, and not earlier', () => {
    const window = new PublishWindow<string>();
    window.add({ message: message('a'), mark: 'a' });
    window.add({ message: undefined, mark: 'token' });
    window.takeUnsent();
    expect(window.advance()).toBeUndefined();
    window.settle(1, true, true);
    expect(window.advance()).toEqual({ mark: 'token', sequence: 1 });
  });

  it('does not believe the confirm of a returned message', () => {
    const window = new PublishWindow<string>();
    window.add({ message: message('a'), mark: 'a' });
    window.add({ message: message('b'), mark: 'b' });
    window.takeUnsent();
    window.takeUnsent();
    expect(window.markReturned('a', nobodys)).toBe(false);
    window.settle(2, true, true);
    expect(window.advance()).toBeUndefined();
    expect(window.isReturned).toBe(true);
    expect(window.first()?.mark).toBe('a');
  });

  it("passes a returned message that is nobody's", () => {
    const window = new PublishWindow<string>();
    window.add({ message: message('a'), mark: 'a' });
    window.takeUnsent();
    expect(window.markReturned('a', () => true)).toBe(true);
    window.settle(1, false, true);
    expect(window.advance()).toEqual({ mark: 'a', sequence: 1 });
  });

  it('sends everything behind the watermark again, in order, also what was confirmed', () => {
    const window = new PublishWindow<string>();
    for (const id of ['a', 'b', 'c', 'd']) window.add({ message: message(id), mark: id });
    for (let i = 0; i < 3; i++) window.takeUnsent();
    window.settle(1, false, true);
    window.settle(3, false, true);
    window.advance();
    expect(window.rewind()).toBe(2);
    expect(
      [window.takeUnsent(), window.takeUnsent(), window.takeUnsent(), window.takeUnsent()].map((sent) => sent?.id),
    ).toEqual(['b', 'c', 'd', undefined]);
  });
});

/** What may happen to a window; `tag` picks among the tags that were given out in the session. */
type Step =
  | { do: 'add' | 'send' | 'rewind' | 'advance' | 'place' }
  | { do: 'settle'; tag: number; multiple: boolean; ok: boolean }
  | { do: 'return'; tag: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Step>({ do: 'add' }, { do: 'send' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'rewind' }, { do: 'advance' }, { do: 'place' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      tag: fc.nat(30),
      multiple: fc.boolean(),
      ok: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('return' as const), tag: fc.nat(30) }) },
);

describe('whatever the broker answers, in whatever order', () => {
  it('the watermark never passes an unconfirmed event, never moves back, and every session sends in order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const window = new PublishWindow<number>();
        const confirmed = new Set<number>();
        const places = new Set<number>();
        let added = 0;
        let watermark = 0;
        let sentIds: number[] = [];
        let settled = new Set<number>();
        let returned = new Set<number>();
        for (const current of steps) {
          if (current.do === 'add') window.add({ message: message(String(++added)), mark: added });
          if (current.do === 'place') {
            window.add({ message: undefined, mark: ++added });
            places.add(added);
          }
          if (current.do === 'send') {
            const sent = window.takeUnsent();
            if (sent !== undefined) sentIds.push(Number(sent.id));
          }
          if (current.do === 'return') {
            const id = sentIds[current.tag];
            if (id !== undefined && !settled.has(current.tag)) {
              window.markReturned(String(id), nobodys);
              returned.add(id);
            }
          }
          if (current.do === 'settle' && current.tag < sentIds.length) {
            window.settle(current.tag + 1, current.multiple, current.ok);
            for (let tag = current.multiple ? 0 : current.tag; tag <= current.tag; tag++) {
              const id = sentIds[tag];
              if (id !== undefined && current.ok && !settled.has(tag) && !returned.has(id)) confirmed.add(id);
              settled.add(tag);
            }
          }
          if (current.do === 'advance') {
            const next = window.advance();
            if (next !== undefined) {
              expect(next.mark).toBeGreaterThan(watermark);
              for (let id = watermark + 1; id <= next.mark; id++)
                expect(confirmed.has(id) || places.has(id)).toBe(true);
              watermark = next.mark;
            }
          }
          if (current.do === 'rewind') {
            window.rewind();
            sentIds = [];
            settled = new Set();
            returned = new Set();
            for (const id of confirmed) if (id > watermark) confirmed.delete(id);
          }
          expect(sentIds).toEqual([...sentIds].sort((a, b) => a - b));
          for (const id of sentIds) expect(id).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
