import { randomBytes } from 'node:crypto';
import { until } from './lib/abort.mjs';
import { installDependencies } from './lib/dependencies.mjs';
import { reservePort } from './lib/ports.mjs';
import { bold, print, printFailure, seconds, step } from './lib/screen.mjs';
import { startMongodb, startRabbitmq } from './lib/servers.mjs';
import { stopOnSignals } from './lib/signals.mjs';
import { takeSlot } from './lib/slot.mjs';
import { startContainer } from './images/container.mjs';
import { ImageChecks, imageOf } from './images/image-checks.mjs';
import { imageTool } from './images/image-tool.mjs';

/**
 * `npm run test:images`: builds both images, runs them against real servers of their own, sees changes handled, and
 * stops them. The tool comes from `IMAGE_TOOL` (scripts/images/image-tool.mjs).
 */
const APPS = ['cdc-producer', 'cdc-consumer'];
const DOCUMENTS = 200;
/** What sluice.example.yaml, the streams' file here, captures. */
const DATABASE = 'shop';
const HANDLED_LIMIT_MS = 60_000;
/** The apps' own limit (SHUTDOWN_TIMEOUT_MS) is below; a clean exit is well within. */
const STOP_LIMIT_MS = 15_000;

const signal = stopOnSignals();
const tool = imageTool();
/** What has been started, in order; stopped from the end. */
const started = [];

async function main() {
  print(bold(`Sluice's images, by ${tool.command}`));
  const slot = await takeSlot('images');
  const checks = new ImageChecks({ tool, slot, signal });
  await step('dependencies', (say) => installDependencies({ say, signal }));
  for (const target of ['base', ...APPS]) await step(`build ${target}`, () => checks.build(target));
  await step('sizes', () => sizes(checks));
  const servers = await step('servers', openServers);
  const env = await environment(servers);
  await step('user, token', () => refusals(checks, env));
  const apps = await step('apps', () => startApps({ slot, env, checks }));
  await step('events', () => eventsHandled(servers, apps));
  await step('SIGTERM', () => cleanExits(apps));
}

async function sizes(checks) {
  const baseMb = await checks.sizeInMb('base');
  const lines = [];
  for (const app of APPS) lines.push(`${app} adds ${await checks.refuseHeavy(app, baseMb)} MB`);
  return `${lines.join(', ')} to a base of ${baseMb} MB`;
}

async function openServers(say) {
  const opened = await Promise.allSettled([startMongodb({ say, signal }), startRabbitmq({ say, signal })]);
  for (const { value } of opened) if (value) started.push(() => value.stop());
  const [mongodb, rabbitmq] = opened.map(({ value, reason }) => {
    if (reason) throw reason;
    return value;
  });
  return { result: { mongodb, rabbitmq }, summary: `${mongodb.describe}, ${rabbitmq.describe}` };
}

async function environment({ mongodb, rabbitmq }) {
  return {
    MONGODB_URI: mongodb.uri,
    RABBITMQ_URI: rabbitmq.uri,
    ADMIN_TOKEN: randomBytes(16).toString('hex'),
    PRODUCER_HTTP_PORT: String(await reservePort(3000)),
    CONSUMER_HTTP_PORT: String(await reservePort(3001)),
    SLUICE_CONFIG: 'sluice.example.yaml',
  };
}

async function refusals(checks, env) {
  const withoutToken = Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'ADMIN_TOKEN'));
  for (const app of APPS) {
    await checks.refuseRoot(app);
    await checks.refuseWithoutToken(app, withoutToken);
  }
  await checks.refuseSecondCopy('cdc-consumer');
  return 'not root; without ADMIN_TOKEN a sentence and exit code 78';
}

async function startApps({ slot, env, checks }) {
  const handled = new Set();
  const onLine = ({ msg, operation, key }) => msg === 'change handled' && operation === 'insert' && handled.add(key);
  const start = async (label, variable) => {
    const url = `http://127.0.0.1:${env[variable]}`;
    const app = await startContainer({ tool, slot, image: imageOf(label), label, env, url, onLine });
    started.push(() => app.remove());
    return app;
  };
  const apps = {
    handled,
    producer: await start('cdc-producer', 'PRODUCER_HTTP_PORT'),
    consumer: await start('cdc-consumer', 'CONSUMER_HTTP_PORT'),
  };
  await Promise.all([apps.consumer.ready(signal), apps.producer.ready(signal)]);
  await checks.refuseUnhealthy('cdc-producer', { env, variable: 'PRODUCER_HTTP_PORT' });
  await checks.refuseUnhealthy('cdc-consumer', { env, variable: 'CONSUMER_HTTP_PORT' });
  return { result: apps, summary: 'ready, and healthy for their own HEALTHCHECK' };
}

async function eventsHandled({ mongodb }, { handled, consumer }) {
  const { MongoClient } = await import('mongodb');
  const client = await MongoClient.connect(mongodb.uri);
  try {
    const documents = Array.from({ length: DOCUMENTS }, (_, number) => ({ number }));
    await client.db(DATABASE).collection('orders').insertMany(documents);
  } finally {
    await client.close();
  }
  await until(() => handled.size === DOCUMENTS, {
    limitMs: HANDLED_LIMIT_MS,
    signal,
    timedOut: () => consumer.failure(`${handled.size} of ${DOCUMENTS} inserts handled`),
  });
  return `${DOCUMENTS} inserts handled`;
}

async function cleanExits({ producer, consumer }) {
  const times = [];
  for (const app of [producer, consumer]) {
    const { code, ms } = await app.stop(STOP_LIMIT_MS);
    if (code !== 0) throw app.failure(`exit code ${code} after SIGTERM`);
    times.push(seconds(ms));
  }
  return `exit code 0 after ${times.join(' and ')}`;
}

let isFine = false;
try {
  await main();
  isFine = true;
} catch (error) {
  if (!signal.aborted) printFailure(error);
}
for (const stop of started.reverse()) {
  await stop().catch((error) => print(`  could not be stopped: ${error.message}`));
}
const verdict = isFine ? 'Both images are fine.' : 'The images are not fine.';
print(`\n${signal.aborted ? 'Stopped.' : verdict}`);
process.exit(isFine ? 0 : 1);
