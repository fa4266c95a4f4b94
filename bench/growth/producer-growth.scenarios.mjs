import { THROUGHPUT } from '../lib/columns.mjs';
import { collectionOf, dropDatabase, writeSection } from '../lib/section.mjs';
import { ceilingProducer } from '../producer/producer.contenders.mjs';
import { producerRun } from '../producer/producer-run.mjs';
import { startSluiceProducer } from '../producer/sluice.mjs';
import { growthRow, growthScenario, valuesOf } from './growth.scenario.mjs';

const BYTES = 600;
/** A share of the events that were asked for is enough for one row of several. */
const SHARE = 0.3;

const SIZES = { full: [512, 4_096, 32_768, 262_144, 1_048_576], quick: [512, 32_768, 1_048_576] };
/** A run of each size is about as much data. */
const DATA_BYTES = { full: 300_000_000, quick: 60_000_000 };
const LEAST_EVENTS = 100;
const MEGABYTES = { key: 'megabytesPerSecond', title: 'MB/s', digits: 1 };

export const sizeGrowth = growthScenario({
  of: 'size',
  title: 'Growing events',
  about: 'One stream, JSON, beside the ceiling with documents of the same size.',
  values: SIZES,
  columns: [...THROUGHPUT.slice(0, 2), MEGABYTES, ...THROUGHPUT.slice(2)],
  prepare: async ({ bench, progress }) => {
    const contenders = [];
    const sections = [];
    const dataBytes = valuesOf({ bench, values: DATA_BYTES });
    for (const bytes of valuesOf({ bench, values: SIZES })) {
      const most = Math.floor(bench.asked.events * SHARE);
      const events = Math.max(LEAST_EVENTS, Math.min(most, Math.floor(dataBytes / bytes)));
      const section = await writeSection({ bench, database: `bench-size-${bytes}`, events, bytes, progress });
      sections.push(section);
      const row = growthRow({ value: bytes, unit: 'byte', section });
      const ceiling = {
        ...row,
        name: `ceiling-${bytes}`,
        title: `${row.title}, ceiling`,
        start: ceilingProducer.start,
      };
      contenders.push({ ...ceiling, base: ceiling.name, x: undefined });
      contenders.push({ ...row, base: ceiling.name, start: startSluiceProducer('json') });
    }
    return { contenders, sections, settings: { dataBytes } };
  },
  run: async ({ contender, ...run }) => {
    const figures = await producerRun({ ...run, contender, section: contender.section });
    return { ...figures, megabytesPerSecond: (figures.eventsPerSecond * contender.section.bytes) / 1e6 };
  },
  cleanUp: ({ bench, prepared }) => dropAll(bench, prepared.sections),
});

const STREAMS = { full: [1, 10, 100], quick: [1, 10] };
const COLLECTIONS = 100;

export const streamsGrowth = growthScenario({
  of: 'streams',
  title: 'Growing streams',
  about: `The events of ${COLLECTIONS} collections, shared among the streams of one producer. Each stream is a cursor of its own: the server looks at every change for each of them.`,
  values: STREAMS,
  isToTheEnd: true,
  prepare: async ({ bench, progress }) => {
    const events = Math.floor(bench.asked.events * SHARE);
    const database = 'bench-streams';
    const section = await writeSection({ bench, database, events, bytes: BYTES, collections: COLLECTIONS, progress });
    const contenders = valuesOf({ bench, values: STREAMS }).map((value) =>
      growthRow({ value, unit: 'stream', start: startSluiceProducer('json', { streamsOf: streamsOver(value) }) }),
    );
    return { contenders, sections: [section], settings: { events, bytes: BYTES } };
  },
  run: ({ prepared, ...run }) => producerRun({ ...run, section: prepared.sections[0], isToTheEnd: true }),
  cleanUp: ({ bench, prepared }) => dropAll(bench, prepared.sections),
});

/** Each stream has its share of the collections. */
function streamsOver(streams) {
  return ({ database }) =>
    Array.from({ length: streams }, (_, stream) => ({
      scope: { database },
      namespaces: {
        include: Array.from({ length: COLLECTIONS }, (_each, index) => index)
          .filter((index) => index % streams === stream)
          .map((index) => `${database}.${collectionOf(index)}`),
      },
    }));
}

const BACKLOGS = { full: [10_000, 100_000, 1_000_000], quick: [10_000, 50_000] };

export const backlogGrowth = growthScenario({
  of: 'backlog',
  title: 'Growing backlogs',
  about: 'One stream, JSON, from the first tenth of the backlog to its last event; memory must not grow with it.',
  values: BACKLOGS,
  isFullOnly: true,
  isToTheEnd: true,
  prepare: async ({ bench, progress }) => {
    const sections = [];
    const contenders = [];
    for (const events of valuesOf({ bench, values: BACKLOGS })) {
      const section = await writeSection({
        bench,
        database: `bench-backlog-${events}`,
        events,
        bytes: BYTES,
        progress,
      });
      sections.push(section);
      contenders.push(growthRow({ value: events, unit: 'event', section, start: startSluiceProducer('json') }));
    }
    return { contenders, sections, settings: { bytes: BYTES } };
  },
  run: ({ contender, ...run }) => producerRun({ ...run, contender, section: contender.section, isToTheEnd: true }),
  cleanUp: ({ bench, prepared }) => dropAll(bench, prepared.sections),
});

async function dropAll(bench, sections) {
  for (const { database } of sections) await dropDatabase({ uri: bench.servers.mongodb.uri, database });
}
