import { fileURLToPath } from 'node:url';
import { run } from '../../scripts/lib/command.mjs';

const PROGRAM = fileURLToPath(new URL('./program.mjs', import.meta.url));
const BYTES = 600;
/** Each way is a loop over one body: longer is no truer. */
const MOST_SECONDS = 2;
const LIMIT_MS = 120_000;

/** Each way of writing beside the driver's, each way of reading beside plain JSON's. */
const WAYS = [
  { name: 'write-ejson', title: 'BSON → EJSON.stringify(BSON.deserialize)', base: 'write-ejson' },
  { name: 'write-sluice', title: 'BSON → Extended JSON, Sluice', base: 'write-ejson' },
  { name: 'read-json', title: 'JSON.parse, which leaves wrappers in place of values', base: 'read-json' },
  { name: 'read-sluice', title: 'Extended JSON → values, Sluice', base: 'read-json' },
  { name: 'read-ejson', title: 'EJSON.parse', base: 'read-json' },
];

/** What it costs to write and to read the Extended JSON of one message, alone in a process. */
export const codecScenario = {
  name: 'codec',
  title: 'Extended JSON',
  about: 'The body of one message, written from BSON and read into values, over and over in a process of its own.',
  columns: [
    { key: 'cpuMicroseconds', title: 'CPU µs', digits: 1, toBase: 'ratio', better: 'less' },
    { key: 'bodyBytes', title: 'bytes', digits: 0 },
  ],
  prepare: () => ({ contenders: WAYS, settings: { bytes: BYTES } }),
  run: async ({ bench, contender }) => {
    const seconds = Math.min(bench.asked.seconds, MOST_SECONDS);
    const { output } = await run(bench.node.command, [PROGRAM, contender.name, String(BYTES), String(seconds)], {
      title: `codec ${contender.name}`,
      scope: bench.slot.scope,
      signal: bench.signal,
      limitMs: LIMIT_MS,
    });
    return JSON.parse(output);
  },
};
