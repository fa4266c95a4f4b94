import { count } from '../../scripts/lib/screen.mjs';
import { THROUGHPUT } from '../lib/columns.mjs';
import { dropDatabase, untouchedDatabase, writeSection } from '../lib/section.mjs';
import { CHAINS } from './chain.contenders.mjs';
import { drainedChain } from './chain-run.mjs';

const BYTES = 600;

export const endToEndScenario = {
  name: 'end-to-end',
  title: 'End to end, 600-byte documents',
  about:
    'A backlog from MongoDB through RabbitMQ to handlers that read one field; both apps as processes, beside both ceilings at one queue. CPU and memory are those of both processes together.',
  base: 'ceiling',
  columns: THROUGHPUT,
  chart: { kind: 'bars', column: 'eventsPerSecond' },
  quickRounds: 1,
  prepare: async ({ bench, progress }) => {
    const { events } = bench.asked;
    const section = await writeSection({ bench, database: untouchedDatabase(), events, bytes: BYTES, progress });
    return { contenders: CHAINS, section, settings: { events, bytes: BYTES }, summary: `${count(events)} inserts` };
  },
  run: ({ bench, prepared, contender, round, progress }) =>
    drainedChain({ bench, chain: contender, section: prepared.section, round, progress }),
  cleanUp: ({ bench, prepared }) =>
    dropDatabase({ uri: bench.servers.mongodb.uri, database: prepared.section.database }),
};
