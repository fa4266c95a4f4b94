import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { consumerRun } from '../consumer/consumer-run.mjs';
import { changeMessages } from '../consumer/messages.mjs';
import { startSluiceConsumer } from '../consumer/sluice.mjs';
import { dropDatabase, untouchedDatabase, writeSection } from '../lib/section.mjs';
import { producerRun } from '../producer/producer-run.mjs';
import { startSluiceProducer } from '../producer/sluice.mjs';
import { summarised } from './cpu-profile.mjs';

const BYTES = 600;
const FUNCTIONS = 14;
const FORMATS = ['bson', 'json'];
const share = (key, title) => ({ key, title, digits: 1 });

/** Where the apps' CPU goes, by Node's own sampling profiler. */
export const profileScenario = {
  name: 'profile',
  title: 'Where the time goes',
  about:
    'CPU profiles (`--cpu-prof`) of each app while it works off a backlog: the share of each place in percent of the time that was not idle, and the functions that took most by themselves.',
  columns: [
    share('sluice', 'Sluice %'),
    share('messaging', 'amqplib %'),
    share('driver', 'driver and BSON %'),
    share('packages', 'other packages %'),
    share('node', 'Node and V8 %'),
    share('collecting', 'garbage collector %'),
  ],
  mostRounds: 1,
  isFullOnly: true,
  prepare: async ({ bench, progress }) => {
    const { events } = bench.asked;
    const section = await writeSection({ bench, database: untouchedDatabase(), events, bytes: BYTES, progress });
    const messages = Object.fromEntries(
      FORMATS.map((format) => [format, changeMessages({ events, bytes: BYTES, format })]),
    );
    const contenders = FORMATS.flatMap((format) => [profiledProducer(format), profiledConsumer(format)]);
    return { contenders, section, messages, settings: { events, bytes: BYTES } };
  },
  run: async ({ bench, prepared, contender, ...run }) => {
    const folder = join(bench.slot.dir, `profile-${contender.name}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const nodeFlags = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
    let window;
    await contender.measure({
      bench,
      prepared,
      ...run,
      onMeasured: (measured) => (window = measured),
      contender: { ...contender, start: contender.startWith(nodeFlags) },
    });
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error('left no profile');
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const { shares, top } = summarised(profile, { functions: FUNCTIONS, ...window });
    return { ...shares, top };
  },
  cleanUp: ({ bench, prepared }) =>
    dropDatabase({ uri: bench.servers.mongodb.uri, database: prepared.section.database }),
};

function profiledProducer(format) {
  return {
    name: `producer-${format}`,
    title: `cdc-producer, ${format.toUpperCase()}`,
    startWith: (nodeFlags) => startSluiceProducer(format, { nodeFlags }),
    measure: ({ prepared, ...run }) => producerRun({ ...run, section: prepared.section }),
  };
}

function profiledConsumer(format) {
  return {
    name: `consumer-${format}`,
    title: `cdc-consumer, ${format.toUpperCase()}`,
    startWith: (nodeFlags) => startSluiceConsumer('single', { nodeFlags }),
    measure: ({ prepared, ...run }) => consumerRun({ ...run, messages: prepared.messages[format] }),
  };
}
