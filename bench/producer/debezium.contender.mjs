import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MongoClient } from 'mongodb';
import { until } from '../../scripts/lib/abort.mjs';
import { BenchQueue } from '../lib/bench-queue.mjs';
import { Contender } from '../lib/contender.mjs';
import { dropDatabase } from '../lib/section.mjs';
import { DEBEZIUM_VERSION, debeziumServer } from './debezium.mjs';

const OFFSET_LIMIT_MS = 90_000;
const PROBE_EVERY_MS = 500;

/**
 * Debezium Server with its RabbitMQ sink and its defaults. It cannot be told to begin at a time: it runs once before the
 * section is written, so that it has an offset, and each round begins at a copy of that.
 */
export async function debeziumContender({ bench, say }) {
  const server = await debeziumServer({ say, signal: bench.signal });
  if (server.reason !== undefined) return { skipped: server.reason };
  return {
    title: `Debezium Server ${DEBEZIUM_VERSION}`,
    patience: 2, // the JVM compiles for its first seconds
    prepare: (context) => storeOffset({ ...context, server }),
    start: async ({ bench, name, section, queue }) => {
      copyFileSync(offsetsOf(bench, section.database), dataOf(bench, name));
      return startServer({ bench, server, name, database: section.database, queue });
    },
  };
}

/** Runs it until it has published something, and keeps the offset that it leaves when it stops. */
async function storeOffset({ bench, database, server }) {
  const { uri } = bench.servers.mongodb;
  const name = `debezium-offset-${database}`;
  rmSync(dataOf(bench, name), { force: true });
  const queue = await BenchQueue.declare(bench.servers.rabbitmq.uri, name);
  const running = await startServer({ bench, server, name, database, queue });
  const client = await MongoClient.connect(uri);
  try {
    const published = async () => {
      await client.db(probeDatabaseOf(database)).collection('probes').insertOne({});
      return (await queue.depth()) > 0;
    };
    const { signal } = running.contender;
    const timedOut = () => new Error('Debezium Server publishes nothing');
    await until(published, { limitMs: OFFSET_LIMIT_MS, everyMs: PROBE_EVERY_MS, signal, timedOut }).catch((error) => {
      throw signal.aborted ? signal.reason : error; // why it ended says more than that it did
    });
  } finally {
    await client.close();
    await running.end();
    await queue.delete();
    await dropDatabase({ uri, database: probeDatabaseOf(database) });
  }
  if (!existsSync(dataOf(bench, name))) throw new Error('Debezium Server left no offset');
  copyFileSync(dataOf(bench, name), offsetsOf(bench, database));
}

async function startServer({ bench, server, name, database, queue }) {
  const connection = await replicaSetUri(bench.servers.mongodb.uri);
  const exchange = `${queue.name}.events`;
  await queue.bindTo(exchange);
  const configuration = join(folderOf(bench, name), 'conf');
  mkdirSync(configuration, { recursive: true });
  const settings = settingsOf({ bench, name, database, exchange, connection });
  writeFileSync(
    join(configuration, 'application.properties'),
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const runner = join(server.folder, `debezium-server-dist-${DEBEZIUM_VERSION}-runner.jar`);
  const classPath = [runner, configuration, join(server.folder, 'lib', '*')].join(delimiter);
  const contender = Contender.start({
    bench,
    name,
    command: server.java,
    args: ['-cp', classPath, 'io.debezium.server.Main'],
    cwd: folderOf(bench, name),
    env: {},
  });
  return { contender, end: () => contender.stop() };
}

/** Its driver does not take a lone server: it has to be told the replica set's name. */
async function replicaSetUri(uri) {
  const client = await MongoClient.connect(uri);
  const { setName } = await client.db('admin').command({ hello: 1 });
  await client.close();
  const named = new URL(uri);
  named.searchParams.delete('directConnection');
  named.searchParams.set('replicaSet', setName);
  return named.href;
}

function settingsOf({ bench, name, database, exchange, connection }) {
  const { hostname, port, username, password } = new URL(bench.servers.rabbitmq.uri);
  return {
    'debezium.sink.type': 'rabbitmq',
    'debezium.sink.rabbitmq.connection.host': hostname,
    'debezium.sink.rabbitmq.connection.port': port || 5672,
    'debezium.sink.rabbitmq.connection.username': username || 'guest',
    'debezium.sink.rabbitmq.connection.password': password || 'guest',
    'debezium.sink.rabbitmq.exchange': exchange,
    'debezium.sink.rabbitmq.routingKey': 'bench',
    'debezium.source.connector.class': 'io.debezium.connector.mongodb.MongoDbConnector',
    'debezium.source.mongodb.connection.string': connection,
    'debezium.source.topic.prefix': 'bench',
    'debezium.source.database.include.list': `${database},${probeDatabaseOf(database)}`,
    'debezium.source.snapshot.mode': 'no_data',
    'debezium.source.offset.storage': 'org.apache.kafka.connect.storage.FileOffsetBackingStore',
    'debezium.source.offset.storage.file.filename': dataOf(bench, name),
    // SecantusDB answers the Java driver's streaming hello with an error every 20 s otherwise.
    'debezium.source.mongodb.heartbeat.frequency.ms': 60_000,
    'debezium.format.key.schemas.enable': false,
    'debezium.format.value.schemas.enable': false,
    'quarkus.http.port': 0,
    'quarkus.log.level': 'WARN',
    'quarkus.log.console.json': false,
  };
}

const folderOf = (bench, name) => join(bench.slot.dir, name);
const dataOf = (bench, name) => {
  mkdirSync(folderOf(bench, name), { recursive: true });
  return join(folderOf(bench, name), 'offsets.dat');
};
const offsetsOf = (bench, database) => join(bench.slot.dir, `offsets-${database}.dat`);
/** Beside the section's, so that what makes the first offset is no part of the section. */
const probeDatabaseOf = (database) => `${database}-probe`;
