import { consumerRun } from '../consumer/consumer-run.mjs';
import { changeMessages } from '../consumer/messages.mjs';
import { startSluiceConsumer } from '../consumer/sluice.mjs';
import { dropDatabase, untouchedDatabase, writeSection } from '../lib/section.mjs';
import { producerRun } from '../producer/producer-run.mjs';
import { startSluiceProducer } from '../producer/sluice.mjs';

const BYTES = 600;
const FORMATS = ['bson', 'json'];
const share = (key, title) => ({ key, title, digits: 1 });

/** What the scenarios have in common that look into both apps while they work off a backlog. */
export const profiledApps = {
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
  cleanUp: ({ bench, prepared }) =>
    dropDatabase({ uri: bench.servers.mongodb.uri, database: prepared.section.database }),
};

/** Where something went, in percent of all of it. */
export const PLACE_COLUMNS = [
  share('sluice', 'Sluice %'),
  share('messaging', 'amqplib %'),
  share('driver', 'driver and BSON %'),
  share('packages', 'other packages %'),
  share('node', 'Node and V8 %'),
];

function profiledProducer(format) {
  return {
    name: `producer-${format}`,
    title: `cdc-producer, ${format.toUpperCase()}`,
    startWith: (nodeFlags, env) => startSluiceProducer(format, { nodeFlags, env }),
    measure: ({ prepared, ...run }) => producerRun({ ...run, section: prepared.section }),
  };
}

function profiledConsumer(format) {
  return {
    name: `consumer-${format}`,
    title: `cdc-consumer, ${format.toUpperCase()}`,
    startWith: (nodeFlags, env) => startSluiceConsumer('single', { nodeFlags, env }),
    measure: ({ prepared, ...run }) => consumerRun({ ...run, messages: prepared.messages[format] }),
  };
}
