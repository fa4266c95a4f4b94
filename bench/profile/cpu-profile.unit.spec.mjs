import { expect, it } from 'vitest';
import { summarised } from './cpu-profile.mjs';

const node = (id, functionName, url = '') => ({ id, callFrame: { functionName, url, lineNumber: 6 } });
const profile = {
  nodes: [
    node(1, '(idle)'),
    node(2, 'encode', 'file:///somewhere/dist/cdc-producer/libs/contracts/src/encoder.js'),
    node(3, 'publish', 'file:///somewhere/node_modules/amqplib/lib/channel.js'),
    node(4, '(garbage collector)'),
    node(5, '', 'node:net'),
    node(6, 'encode', 'file:///somewhere/dist/cdc-producer/libs/contracts/src/encoder.js'), // called from elsewhere
  ],
  startTime: 5_000_000,
  // The second sample lies before what is measured, the last one behind it.
  samples: [1, 3, 2, 3, 4, 5, 6, 4],
  timeDeltas: [9_000, 500, 30, 20, 10, 15, 25, 50_000],
};

it('tells where the time went that was not idle, and what took most of it, without where the clone lies', () => {
  const { shares, top } = summarised(profile, { functions: 3, fromMs: 5_009.51, toMs: 5_010 });
  expect(shares).toEqual({ sluice: 55, messaging: 20, collecting: 10, node: 15, driver: 0, packages: 0 });
  expect(top).toEqual([
    ' 55.0%  encode (libs/contracts/src/encoder.js)',
    ' 20.0%  publish (amqplib/lib/channel.js)',
    ' 15.0%  (anonymous, line 7) (node:net)',
  ]);
});
