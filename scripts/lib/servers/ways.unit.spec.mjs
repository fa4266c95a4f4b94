import { describe, expect, it } from 'vitest';
import { firstThatWorks } from './ways.mjs';

const works = (way, server) => ({ way, open: async () => server });
const fails = (way, why) => ({
  way,
  open: async () => {
    throw new Error(why);
  },
});
const options = { advice: 'Start one.' };

describe('the ways to a server', () => {
  it('are tried in order, and the first that works is taken', async () => {
    const ways = [fails('Docker', 'no daemon'), works('PATH', 'a'), works('apt', 'b')];
    expect(await firstThatWorks('RabbitMQ', ways, options)).toBe('a');
  });

  it('give all reasons together, with what to do, when none works', async () => {
    const ways = [fails('Docker', 'no daemon'), fails('apt', 'needs root')];
    await expect(firstThatWorks('RabbitMQ', ways, options)).rejects.toThrow(
      'No way to RabbitMQ worked:\n  - Docker: no daemon\n  - apt: needs root\nStart one.',
    );
  });

  it('are not tried on once the user wants to stop', async () => {
    const stop = new AbortController();
    const stopping = { way: 'PATH', open: async () => stop.abort() ?? Promise.reject(new Error('stopped')) };
    const ways = [stopping, works('apt', 'never')];
    await expect(firstThatWorks('RabbitMQ', ways, { ...options, signal: stop.signal })).rejects.toThrow('stopped');
  });
});
