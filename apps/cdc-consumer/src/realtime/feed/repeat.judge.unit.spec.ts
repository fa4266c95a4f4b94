import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RepeatJudge, type Judgement } from './repeat.judge.js';
import type { StreamMessage } from './stream-message.js';

const REACH = 12;

function message(offset: number, stream: string, number: number): StreamMessage {
  const position = `${String(number).padStart(10, '0')}.0000000000.000000.00000000`;
  const change = { stream, position, operation: 'insert', topic: 'shop.orders' };
  return { offset, id: `${stream} ${number}`, change, isMark: false, body: Buffer.alloc(0), contentType: undefined };
}

const of = (stream: string, ...numbers: number[]) => numbers.map((number, offset) => message(offset, stream, number));
const judged = (messages: readonly StreamMessage[], judge = new RepeatJudge(REACH)) =>
  messages.map((each) => judge.judge(each).is);

/** Two change streams that take turns; each goes on, or begins again somewhat earlier, or leaves changes out. */
const history = fc
  .array(fc.record({ back: fc.nat(8), leap: fc.nat(2), isBack: fc.boolean(), skips: fc.boolean() }), { maxLength: 120 })
  .map((steps) => {
    const at = { a: 1, b: 1 };
    let offset = 0;
    return steps.map(({ back, leap, isBack, skips }, index) => {
      const stream = index % 2 === 0 ? 'a' : 'b';
      at[stream] = isBack ? Math.max(1, at[stream] - back) : at[stream] + 1 + leap;
      offset += skips ? 2 : 1; // the broker's own records have offsets too
      return message(offset, stream, at[stream]);
    });
  });

const highestOf = (stream: string, messages: readonly StreamMessage[]) =>
  messages
    .flatMap(({ change }) => (change?.stream === stream ? change.position : []))
    .sort()
    .at(-1);

/** That a gap has been told of already is known to whoever has told it. */
const outcome = ({ is }: Judgement) => (is === 'covered' ? 'overtaken' : is);

describe('what is a repeat', () => {
  it('is told by its id, also where its change has another position since', () => {
    const [first, again] = of('a', 5, 6);
    const renumbered = { ...again, id: first?.id ?? '' } as StreamMessage;
    expect(judged([...of('a', 5), renumbered])).toEqual(['new', 'repeat']);
  });

  it('is a run that a producer sends again from its watermark', () => {
    expect(judged(of('a', 1, 2, 3, 2, 3, 4))).toEqual(['new', 'new', 'new', 'repeat', 'repeat', 'new']);
  });

  it('is not what comes behind newer changes and has not been told: that is overtaken, and told once', () => {
    expect(judged(of('a', 1, 3, 2, 4, 2))).toEqual(['new', 'new', 'overtaken', 'new', 'repeat']);
  });

  it('has one gap for everything that an operator brings again', () => {
    const before = Array.from({ length: 40 }, (_, index) => index + 1);
    const results = judged(of('a', ...before, ...before, 41));
    expect(results.filter((is) => is === 'overtaken')).toHaveLength(1);
    expect(results.slice(0, 40)).toEqual(before.map(() => 'new'));
    expect(results.at(-1)).toBe('new');
  });

  it('is no business of other change streams, nor of gap events, which are told wherever they stand', () => {
    expect(judged([message(0, 'a', 9), message(1, 'b', 3), message(2, 'b', 4)])).toEqual(['new', 'new', 'new']);
    const gap = message(1, 'a', 2);
    const late = { ...gap, change: { ...gap.change, operation: 'gap' } } as StreamMessage;
    expect(judged([message(0, 'a', 9), late, { ...late, offset: 2 }])).toEqual(['new', 'new', 'repeat']);
  });

  it('is the same for whoever begins anywhere and looks back as far as ids reach', () => {
    fc.assert(
      fc.property(history, fc.nat(), (messages, seed) => {
        const whole = new RepeatJudge(REACH);
        const all = messages.map((each) => outcome(whole.judge(each)));
        const begin = messages.length === 0 ? 0 : seed % messages.length;
        const from = (messages[begin]?.offset ?? 0) - REACH;
        const late = new RepeatJudge(REACH);
        const seen = messages.filter(({ offset }) => offset >= from);
        const own = seen.map((each) => outcome(late.judge(each)));
        const told = own.slice(seen.length - (messages.length - begin));
        expect(told.map((is) => is === 'repeat')).toEqual(all.slice(begin).map((is) => is === 'repeat'));
        // With the highest positions in sight, all else is the same too; a cursor has them for whoever needs them.
        const before = messages.slice(0, begin);
        const isHighestIn = (stream: string, some: readonly StreamMessage[]) =>
          highestOf(stream, some) === highestOf(stream, before);
        if (!['a', 'b'].every((stream) => isHighestIn(stream, seen.slice(0, seen.length - told.length)))) return;
        expect(told).toEqual(all.slice(begin));
      }),
      { numRuns: 300 },
    );
  });

  it('has no bound of change streams, but remembers the busiest', () => {
    const judge = new RepeatJudge(REACH);
    for (let stream = 0; stream < 300; stream++) judge.judge(message(stream, `s${stream}`, stream + 1));
    expect(judge.heights).toHaveLength(256);
    expect(judge.heights.some(({ stream }) => stream === 's299')).toBe(true);
    expect(judge.heights.some(({ stream }) => stream === 's0')).toBe(false);
  });
});
