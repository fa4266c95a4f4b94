import { describe, expect, it } from 'vitest';
import { withoutTraces } from './without-traces.hooks.mjs';

describe('the apps without a word of traces', () => {
  it('have no call of a tracer, and do not ask whether there is one', () => {
    const source =
      'a(); tracer?.made(message, at); if (this.tracer === undefined) return b(); c(tracer === undefined ? 0 : 1);';
    expect(withoutTraces(source)).toBe('a();  if (true) return b(); c(true ? 0 : 1);');
  });

  it('are not measured where there is nothing to leave out', () => {
    expect(() => withoutTraces('a();')).toThrow('no line of traces');
  });
});
