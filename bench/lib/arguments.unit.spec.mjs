import { describe, expect, it } from 'vitest';
import { ArgumentError, benchArguments } from './arguments.mjs';

const names = ['producer-600', 'consumer', 'growth-size', 'growth-lanes'];
const asked = (...args) => benchArguments(args, names);

describe('the arguments of the bench', () => {
  it('ask for everything, in full, unless told otherwise', () => {
    expect(asked()).toMatchObject({ quick: false, report: true, rounds: 5, events: 100_000, node: undefined });
    expect(names.filter(asked().asks)).toEqual(names);
  });

  it('ask for the scenarios that have one of the words in their name', () => {
    expect(names.filter(asked('--only', 'growth', '--only', 'consumer').asks)).toEqual(names.slice(1));
  });

  it('of a quick run write no report, unless it is asked for', () => {
    expect(asked('--quick')).toMatchObject({ report: false, rounds: 2, events: 20_000 });
    expect(asked('--quick', '--report', '--rounds', '4')).toMatchObject({ report: true, rounds: 4 });
    expect(asked('--no-report').report).toBe(false);
  });

  it.each([
    ['a scenario that is not there', ['--only', 'tea'], /--only tea: .* there are producer-600, consumer/],
    ['a number that is none', ['--rounds', 'many'], /--rounds is "many"; allowed is a whole number from 1/],
    ['nothing at all', ['--events', '0'], /--events is "0"/],
    ['a flag that nobody knows', ['--fast'], /--fast/],
  ])('that ask for %s are refused with what is allowed', (_what, args, message) => {
    expect(() => asked(...args)).toThrow(ArgumentError);
    expect(() => asked(...args)).toThrow(message);
    expect(() => asked(...args)).toThrow('--quick');
  });
});
