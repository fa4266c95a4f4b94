import { expect, it } from 'vitest';
import { allocationsOf } from './allocation-profile.mjs';

const node = (functionName, url, selfSize, children = []) => ({
  callFrame: { functionName, url, lineNumber: 6 },
  selfSize,
  children,
});
const profile = {
  head: node('(root)', '', 0, [
    node('encode', 'file:///somewhere/dist/cdc-producer/libs/contracts/src/encoder.js', 600, [
      node('copy', 'node:buffer', 100),
      node('encode', 'file:///somewhere/dist/cdc-producer/libs/contracts/src/encoder.js', 200),
    ]),
    node('publish', 'file:///somewhere/node_modules/amqplib/lib/channel.js', 100),
  ]),
};

it('tells what an event takes, where it goes, and which functions take most, wherever they are called from', () => {
  expect(allocationsOf(profile, { functions: 2, events: 10 })).toEqual({
    bytesPerEvent: 100,
    sluice: 80,
    messaging: 10,
    driver: 0,
    packages: 0,
    node: 10,
    collecting: 0,
    top: [' 80.0%  encode (libs/contracts/src/encoder.js)', ' 10.0%  copy (node:buffer)'],
  });
});

it('does not divide by nothing', () => {
  expect(() => allocationsOf(profile, { functions: 2, events: 0 })).toThrow('--events');
});
