import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelRuns } from '../../../../test/harness/model.runs.js';
import { message } from './change-message.fixture.spec.js';
import { PublishWindow } from './publish-window.js';

const nobodys = () => false;

describe('a publish window', () => {
  it('moves the watermark only over the contiguous confirmed run', () => {
    const window = new PublishWindow<string>();
    for (const id of ['a', 'b', 'c']) window.add(message(id), id);
    for (let i = 0; i < 3; i++) window.takeUnsent();
    window.settle(2, false, true);
    expect(window.advance()).toBeUndefined();
    window.settle(1, false, true);
    expect(window.advance()).toEqual({ mark: 'b', sequence: 2 });
  });

  it('lets a place without a message through behind what stands before it, and not earlier', () => {
    const window = new PublishWindow<string>();
    window.add(message('a'), 'a');
    window.place('token');
    window.takeUnsent();
    expect(window.advance()).toBeUndefined();
    window.settle(1, true, true);
    expect(window.advance()).toEqual({ mark: 'token', sequence: 1 });
  });

  it('does not believe the confirm of a returned message', () => {
    const window = new PublishWindow<string>();
    window.add(message('a'), 'a');
    window.add(message('b'), 'b');
    window.takeUnsent();
    window.takeUnsent();
    expect(window.markReturned('a', nobodys)).toBe(false);
    window.settle(2, true, true);
    expect(window.advance()).toBeUndefined();
    expect(window.isReturned).toBe(true);
    expect(window.first()?.id).toBe('a');
  });

  it("passes a returned message that is nobody's", () => {
    const window = new PublishWindow<string>();
    window.add(message('a'), 'a');
    window.takeUnsent();
    expect(window.markReturned('a', () => true)).toBe(true);
    window.settle(1, false, true);
    expect(window.advance()).toEqual({ mark: 'a', sequence: 1 });
  });

  it('sends everything behind the watermark again, in order, also what was confirmed', () => {
    const window = new PublishWindow<string>();
    for (const id of ['a', 'b', 'c', 'd']) window.add(message(id), id);
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

/** What may happen to a window; `tag` picks among the tags that were given out in the session, and one more. */
type Step =
  | { do: 'add' | 'send' | 'advance' | 'place' }
  /** The session is over: its channel closed, a message came back or was refused, or no confirm came in time. */
  | { do: 'rewind' }
  | { do: 'settle'; tag: number; multiple: boolean; ok: boolean }
  | { do: 'return'; tag: number; nobodys: boolean }
  /** The next event is parked in place of being sent; later the store says that it has one. */
  | { do: 'park' }
  | { do: 'stored'; which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Step>({ do: 'add' }, { do: 'add' }, { do: 'send' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>({ do: 'rewind' }, { do: 'advance' }, { do: 'place' }, { do: 'advance' }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      tag: fc.integer({ min: 1, max: 150 }),
      multiple: fc.boolean(),
      ok: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'park' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stored' as const), which: fc.nat(150) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('return' as const), tag: fc.nat(150), nobodys: fc.boolean() }) },
);

type State = 'parking' | 'parked' | 'unsent' | 'sent' | 'confirmed' | 'returned' | 'refused';

function isThrough(state: State | undefined): boolean {
  return state === 'confirmed' || state === 'parked';
}

/** The same window, said as plainly as possible: a list of all events that there ever were. */
class PlainWindow {
  readonly states: State[] = [];
  marks: string[] = [];
  sentIds: number[] = [];
  watermark = -1;
  saved: string | undefined;

  add(): void {
    this.marks.push(`event ${this.states.length}`);
    this.states.push('unsent');
  }

  /** Behind the last event; where all are through, it may be saved at once. */
  place(name: string): void {
    if (this.watermark === this.states.length - 1) this.saved = name;
    else this.marks[this.states.length - 1] = name;
  }

  send(): number | undefined {
    const id = this.states.indexOf('unsent');
    if (id < 0) return undefined;
    this.states[id] = 'sent';
    this.sentIds.push(id);
    return id;
  }

  settle(tag: number, multiple: boolean, ok: boolean): number[] {
    const ids = this.sentIds.slice(multiple ? 0 : tag - 1, tag).filter((id) => this.states[id] === 'sent');
    for (const id of ids) this.states[id] = ok ? 'confirmed' : 'refused';
    return ids;
  }

  advance(): { mark: string; sequence: number } | undefined {
    while (isThrough(this.states[this.watermark + 1])) this.saved = this.marks[++this.watermark];
    const mark = this.saved;
    this.saved = undefined;
    return mark === undefined ? undefined : { mark, sequence: this.watermark + 1 };
  }

  rewind(): number {
    let again = 0;
    for (let id = this.watermark + 1; id < this.states.length; id++) {
      if (this.states[id] === 'parking' || this.states[id] === 'parked') continue;
      if (this.states[id] !== 'unsent') again += 1;
      this.states[id] = 'unsent';
    }
    this.sentIds = [];
    return again;
  }

  get inFlight(): number {
    return this.states.filter((state) => state === 'sent').length;
  }
}

/** Does one step to both and compares what they answer. */
function both(window: PublishWindow<string>, plain: PlainWindow, current: Step, name: string): void {
  switch (current.do) {
    case 'add':
      window.add(message(String(plain.states.length)), `event ${plain.states.length}`);
      return plain.add();
    case 'place':
      window.place(name);
      return plain.place(name);
    case 'send':
      return expect(window.takeUnsent()?.id).toBe(plain.send()?.toString());
    case 'settle': {
      const confirmed: string[] = [];
      const settled = window.settle(current.tag, current.multiple, current.ok, ({ id }) => confirmed.push(id));
      const expected = plain.settle(current.tag, current.multiple, current.ok);
      expect(settled).toBe(expected.length);
      return expect(confirmed).toEqual(current.ok ? expected.map(String) : []);
    }
    case 'return': {
      const id = plain.sentIds[current.tag];
      const inFlight = id !== undefined && plain.states[id] === 'sent';
      expect(window.markReturned(String(id), () => current.nobodys)).toBe(inFlight && current.nobodys);
      if (inFlight) plain.states[id] = current.nobodys ? 'confirmed' : 'returned';
      return;
    }
    case 'park': {
      const id = plain.states.indexOf('unsent');
      expect(window.nextUnsent?.id).toBe(id < 0 ? undefined : String(id));
      if (id < 0) return;
      expect(window.isNextFirst).toBe(plain.states.slice(0, id).every(isThrough));
      plain.states[id] = 'parking';
      return expect(window.takeToPark()).toBe(id + 1);
    }
    case 'stored':
      window.parked(current.which + 1);
      if (plain.states[current.which] === 'parking') plain.states[current.which] = 'parked';
      return;
    case 'advance':
      return expect(window.advance()).toEqual(plain.advance());
    case 'rewind':
      expect(window.rewind()).toBe(plain.rewind());
  }
}

function shown(window: PublishWindow<string>): string {
  const { size, inFlightCount, isIdle, sequence, bytes, isReturned } = window;
  return JSON.stringify([size, inFlightCount, isIdle, sequence, bytes, isReturned, window.first()?.id]);
}

function expected({ states, watermark, inFlight }: PlainWindow): string {
  const held = states.length - 1 - watermark;
  const first = states.findIndex((state) => !isThrough(state));
  const id = first < 0 ? undefined : String(first);
  return JSON.stringify([held, inFlight, inFlight === 0, states.length, 10 * held, states[first] === 'returned', id]);
}

describe('whatever the broker answers, in whatever order', () => {
  it('the window does what a plain list would: no mark over an unconfirmed event, none twice, the rest again in order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        const window = new PublishWindow<string>();
        const plain = new PlainWindow();
        steps.forEach((current, index) => {
          both(window, plain, current, `place ${index}`);
          expect(shown(window)).toBe(expected(plain));
        });
      }),
      { numRuns: modelRuns(100) },
    );
  });

  it('the mark never moves back and never passes an event that was not confirmed in its last session', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        const window = new PublishWindow<string>();
        const plain = new PlainWindow();
        let sequence = 0;
        for (const current of [...steps, { do: 'advance' } as const]) {
          const before = current.do === 'advance' ? [...plain.states] : [];
          if (current.do === 'advance') {
            const watermark = window.advance();
            plain.advance();
            if (watermark === undefined) continue;
            expect(watermark.sequence).toBeGreaterThanOrEqual(sequence);
            sequence = watermark.sequence;
            expect(before.slice(0, sequence).every(isThrough)).toBe(true);
          } else both(window, plain, current, 'place');
        }
      }),
      { numRuns: modelRuns(100) },
    );
  });
});
