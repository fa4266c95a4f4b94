import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CliError } from '../cli.error.js';
import { positionTarget } from './position.target.js';

const HEX = '8265F1A2B3000000022B0229296E04';
const data = fc.stringMatching(/^[0-9A-Za-z+/=_-]{1,80}$/);

describe('where a position is to be set to', () => {
  it.each(['now', '2026-03-02T10:14:07Z', '2026-03-02T10:14:07+01:00'])('is %s as it stands', (text) => {
    expect(positionTarget(` ${text}\n`)).toBe(text);
  });

  it('is a resume token, as JSON, or as its text alone', () => {
    expect(positionTarget(`{"_data": "${HEX}00"}`)).toEqual({ _data: `${HEX}00` });
    expect(positionTarget(`${HEX}${HEX}`)).toEqual({ _data: `${HEX}${HEX}` });
  });

  it('is the token in a line of the log, whatever else is in it: JSON, pretty, or a text with quotes in quotes', () => {
    fc.assert(
      fc.property(data, fc.string(), (token, around) => {
        const resumeToken = { _data: token };
        const clean = around.replaceAll('_data', '');
        const line = { level: 20, stream: clean, msg: 'checkpoint', resumeToken, time: 'now' };
        expect(positionTarget(JSON.stringify(line))).toEqual(resumeToken);
        expect(positionTarget(JSON.stringify({ msg: `saved ${JSON.stringify(resumeToken)}` }))).toEqual(resumeToken);
        expect(
          positionTarget(`[10:00:00] DEBUG: checkpoint\n    resumeToken: {\n      "_data": "${token}"\n    }`),
        ).toEqual(resumeToken);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a word', 'yesterday'],
    ['a date without a time', '2026-03-02'],
    ['a line without a token', '{"level":30,"msg":"listening"}'],
    ['two lines with a token each', '{"_data":"one"}\n{"_data":"two"}'],
  ])('is not %s, and the error says what is allowed', (_what, text) => {
    const failure = () => positionTarget(text);
    expect(failure).toThrow(CliError);
    expect(failure).toThrow(/is no position|there are 2 resume tokens/);
  });
});
