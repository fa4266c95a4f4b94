import { describe, expect, it } from 'vitest';
import { HandlerLines } from './handler-lines.mjs';
import { LEDGER_LINE } from './ledger-line.mjs';

const entry = (fields) => ({ level: 30, handler: 'Welcome.greet', msg: 'welcome', ...fields });

describe("the lines of a user's handlers", () => {
  it('are shown with the handler and the reason of a failure', () => {
    const lines = new HandlerLines();
    expect(lines.take(entry())).toBe('Welcome.greet: welcome');
    expect(lines.take(entry({ level: 50, msg: 'failed', err: { message: 'no' } }))).toBe('Welcome.greet: failed (no)');
  });

  it("are not mixed with the demonstration's, the sample's, the app's, or what is only for debugging", () => {
    const lines = new HandlerLines();
    for (const fields of [{ msg: LEDGER_LINE }, { msg: 'change handled' }, { handler: undefined }, { level: 20 }]) {
      expect(lines.take(entry(fields))).toBeUndefined();
    }
    expect(lines.shortened).toEqual([]);
  });

  it('are cut after the first of each handler until all are asked for', () => {
    const lines = new HandlerLines();
    const shown = [1, 2, 3, 4, 5].map(() => lines.take(entry())).filter(Boolean);
    expect(shown).toHaveLength(3);
    expect(lines.take(entry({ handler: 'Other.one' }))).toBe('Other.one: welcome');
    expect(lines.shortened).toEqual([['Welcome.greet', 5]]);
    lines.showAll();
    expect(lines.take(entry())).toBe('Welcome.greet: welcome');
  });
});
