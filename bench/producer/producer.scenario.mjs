import { count } from '../../scripts/lib/screen.mjs';
import { THROUGHPUT } from '../lib/columns.mjs';
import { dropDatabase, writeSection } from '../lib/section.mjs';
import { producerContenders } from './producer.contenders.mjs';
import { producerRun } from './producer-run.mjs';

/** Larger events are fewer, and as many as take seconds: what a program does in its first is its start. */
const SIZES = [
  { bytes: 600, share: 1, what: '600-byte' },
  { bytes: 5_000, share: 0.4, what: '5 KB', isFullOnly: true },
  { bytes: 50_000, share: 0.06, what: '50 KB', isFullOnly: true },
];

/** All contenders carry the same section of the oplog into a quorum queue with confirms, once for each size. */
export const producerScenarios = SIZES.map(({ bytes, share, what, isFullOnly = false }) => ({
  name: `producer-${bytes}`,
  title: `Producer, ${what} documents`,
  about:
    'The change stream of one collection, read from the same place in the oplog into a quorum queue with publisher confirms.',
  base: 'ceiling',
  columns: THROUGHPUT,
  chart: { kind: 'bars', column: 'eventsPerSecond' },
  isFullOnly,
  prepare: async ({ bench, say, progress }) => {
    const database = `bench-${bytes}`;
    const events = Math.floor(bench.asked.events * share);
    const contenders = await preparedContenders({ bench, say, database });
    const section = await writeSection({ bench, database, events, bytes, progress });
    return { contenders, section, settings: { events, bytes }, summary: `${count(events)} inserts` };
  },
  run: ({ bench, prepared, contender, round, progress }) =>
    producerRun({ bench, contender, section: prepared.section, round, progress }),
  cleanUp: ({ bench, prepared }) =>
    dropDatabase({ uri: bench.servers.mongodb.uri, database: prepared.section.database }),
}));

/** Whoever has to be there before the section is written; one that fails is skipped with its reason. */
async function preparedContenders({ bench, say, database }) {
  const contenders = [];
  for (const contender of await producerContenders({ bench, say })) {
    try {
      await contender.prepare?.({ bench, database });
      contenders.push(contender);
    } catch (error) {
      bench.signal.throwIfAborted();
      say(`${contender.name}: ${error.message}`);
      contenders.push({ ...contender, skipped: error.message });
    }
  }
  return contenders;
}
