import { count, print, step } from '../../scripts/lib/screen.mjs';
import { producerContenders } from '../producer/producer.contenders.mjs';
import { producerRun } from '../producer/producer.scenario.mjs';
import { consumerContenders } from '../consumer/consumer.contenders.mjs';
import { consumerRun, fillQueueWith } from '../consumer/consumer.scenario.mjs';
import { benchPython } from './python.mjs';
import { inRounds } from './rounds.mjs';
import { dropDatabase, writeSection } from './section.mjs';
import { printTable } from '../report/table.mjs';

const SIZES = [
  { bytes: 600, share: 1 },
  { bytes: 5_000, share: 0.4 },
  { bytes: 50_000, share: 0.05 },
];

/** Runs what was asked for, and answers every scenario's runs by contender. */
export async function runScenarios(context) {
  const { asked } = context;
  const results = [];
  if (asked.asks('producer')) {
    const python = await step('python', async (say) => {
      const result = await benchPython({ say, signal: context.signal });
      return { result, summary: result.reason ?? '' };
    });
    const contenders = producerContenders({ python });
    const sizes = asked.quick ? SIZES.slice(0, 1) : SIZES;
    for (const size of sizes) results.push(await producerScenario({ ...context, contenders, ...size }));
  }
  if (asked.asks('consumer')) results.push(await consumerScenario(context));
  return results;
}

async function producerScenario({ asked, slot, servers, signal, contenders, bytes, share }) {
  const name = `producer, ${count(bytes)}-byte documents`;
  const events = Math.floor(asked.events * share);
  const section = await step(`section ${bytes}`, async (say) => {
    const database = `bench-${bytes}`;
    const progress = (done) => say.progress(`${count(done)} of ${count(events)}`);
    const result = await writeSection({ uri: servers.mongodb.uri, database, events, bytes, progress });
    return { result, summary: `${count(events)} inserts` };
  });
  const runs = await rounds(name, { asked, contenders, signal }, (contender, round, progress) =>
    producerRun({ contender, slot, servers, section, round, signal, progress }),
  );
  await dropDatabase({ uri: servers.mongodb.uri, database: section.database });
  return finished({ name, kind: 'producer', bytes, events, base: 'ceiling', contenders, runs });
}

async function consumerScenario({ asked, slot, servers, signal }) {
  const name = 'consumer, 600-byte documents';
  const contenders = consumerContenders();
  const { events } = asked;
  const filled = await step('messages', async () => {
    const result = await fillQueueWith({ events, bytes: 600 });
    return { result, summary: `${count(events)} in each format` };
  });
  const runs = await rounds(name, { asked, contenders, signal }, (contender, round, progress) =>
    consumerRun({ contender, slot, servers, filled, round, signal, progress }),
  );
  return finished({ name, kind: 'consumer', bytes: 600, events, base: 'ceiling', contenders, runs });
}

async function rounds(name, { asked, contenders, signal }, run) {
  const able = contenders.filter(({ skipped }) => skipped === undefined);
  return step(name.split(',')[0], async (say) => {
    let at = '';
    const progress = (done, of) => say.progress(`${at} ${bar(done / of)}`);
    const result = await inRounds({
      rounds: asked.rounds,
      contenders: able,
      onRun: (contender, round) => {
        signal.throwIfAborted();
        at = `round ${round + 1} of ${asked.rounds}, ${contender}`;
      },
      run: (contender, round) => run(contender, round, progress),
    });
    signal.throwIfAborted();
    return { result, summary: `${asked.rounds} rounds` };
  });
}

function bar(share) {
  const full = Math.max(0, Math.min(20, Math.round(share * 20)));
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)}`;
}

function finished(scenario) {
  const { contenders, runs, ...rest } = scenario;
  const rows = contenders.map(({ name, title, skipped }) => {
    const { runs: own = [], failure = skipped } = runs.get(name) ?? {};
    return { name, title, runs: own, ...(failure === undefined ? {} : { notRun: failure }) };
  });
  const result = { ...rest, rows };
  print();
  printTable(result);
  return result;
}
