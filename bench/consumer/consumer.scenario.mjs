import { THROUGHPUT } from '../lib/columns.mjs';
import { dropDatabase } from '../lib/section.mjs';
import { CONSUMERS, MIRRORS } from './consumer.contenders.mjs';
import { consumerRun } from './consumer-run.mjs';
import { changeMessages } from './messages.mjs';

const BYTES = 600;

export const consumerScenario = {
  name: 'consumer',
  title: 'Consumer, 600-byte documents',
  about:
    'A full queue is emptied; the handler reads one field of `fullDocument`. `once` commits a transaction for each event.',
  base: 'ceiling',
  columns: THROUGHPUT,
  chart: { kind: 'bars', column: 'eventsPerSecond' },
  prepare: ({ bench }) => {
    const { events } = bench.asked;
    const messages = Object.fromEntries(
      ['bson', 'json'].map((format) => [format, changeMessages({ events, bytes: BYTES, format })]),
    );
    return { contenders: CONSUMERS, messages, settings: { events, bytes: BYTES } };
  },
  run: ({ prepared, contender, ...run }) =>
    consumerRun({ ...run, contender, messages: prepared.messages[contender.format] }),
};

/** A mirror writes each document, so that fewer events take as long. */
const MIRROR_SHARE = 0.5;

export const mirrorScenario = {
  name: 'mirror',
  title: 'A copy of the collection',
  about:
    'Batches of 100 into `MirrorProjection`, beside a plain `bulkWrite` of the same documents from the same queue: of upserts, as a copy needs them that meets an event twice, and of inserts, as one does that may take every document for new.',
  base: 'bulk-write',
  isFullOnly: true,
  columns: THROUGHPUT,
  chart: { kind: 'bars', column: 'eventsPerSecond' },
  prepare: ({ bench }) => {
    const events = Math.floor(bench.asked.events * MIRROR_SHARE);
    const messages = changeMessages({ events, bytes: BYTES, format: 'bson' });
    return { contenders: MIRRORS, messages, settings: { events, bytes: BYTES } };
  },
  run: async ({ bench, prepared, ...run }) => {
    await dropCopies(bench);
    return consumerRun({ bench, ...run, messages: prepared.messages });
  },
  cleanUp: ({ bench }) => dropCopies(bench),
};

function dropCopies(bench) {
  return dropDatabase({ uri: bench.servers.mongodb.uri, database: 'bench-copies' });
}
