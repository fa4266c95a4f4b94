import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { table } from './table.view.js';
import { ago, duration, paragraph } from './text.view.js';

const COLUMNS = [{ title: 'NAME', isFlexible: true }, { title: 'STATE' }, { title: 'COUNT', isNumber: true }];
const word = fc.stringMatching(/^[a-z-]{1,60}$/);
const rows = fc.array(fc.tuple(word, fc.constantFrom('running', 'paused'), fc.nat().map(String)), { maxLength: 8 });

describe('a table', () => {
  it('fits into 80 columns, whatever the names, and shows every state and number whole', () => {
    fc.assert(
      fc.property(rows, (lines) => {
        const [, ...drawn] = table(COLUMNS, lines, 80).trimEnd().split('\n');
        expect(drawn.every((line) => line.length <= 80)).toBe(true);
        expect(drawn.map((line) => line.split(/ +/).slice(1))).toEqual(lines.map(([, ...rest]) => rest));
      }),
    );
  });

  it('cuts nothing in a pipe', () => {
    fc.assert(
      fc.property(rows, (lines) => {
        const [, ...drawn] = table(COLUMNS, lines, undefined).trimEnd().split('\n');
        expect(drawn.map((line) => line.split(/ +/))).toEqual(lines.map((line) => [...line]));
      }),
    );
  });

  it('marks a name that it cuts', () => {
    const [, line] = table(COLUMNS, [['n'.repeat(100), 'running', '1']], 40).split('\n');
    expect(line).toMatch(/^n+… +running +1$/);
  });

  it('does not count colours as width', () => {
    const [head, line] = table(COLUMNS, [['shop', '\x1b[32mrunning\x1b[39m', '7']], 30).split('\n');
    expect(head).toBe('NAME  STATE    COUNT');
    expect(line).toBe('shop  \x1b[32mrunning\x1b[39m      7');
  });
});

describe('text', () => {
  it.each([
    [0, '0s'],
    [-5, '0s'],
    [59.9, '59s'],
    [60, '1m'],
    [3_600, '1h'],
    [7_980, '2h 13m'],
    [90_000, '1d 1h'],
    [null, '-'],
  ])('%s seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('a time that is not known is told so', () => {
    expect(ago(null, new Date())).toBe('-');
    expect(ago('2026-03-02T09:59:00Z', new Date('2026-03-02T10:00:00Z'))).toBe('1m ago');
  });

  it('a paragraph keeps every word and the width, where words are shorter than it', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 24, max: 120 }), (text, width) => {
        const lines = paragraph(text.join(' '), width).trimEnd().split('\n');
        expect(lines.every((line) => line.length <= width)).toBe(true);
        expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(text);
      }),
    );
  });
});
