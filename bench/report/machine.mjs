import { connect } from 'amqplib';
import { MongoClient } from 'mongodb';
import { arch, cpus, totalmem } from 'node:os';
import { run } from '../../scripts/lib/command.mjs';
import { root } from '../../scripts/lib/paths.mjs';

/** What the figures were measured on. */
export async function machineOf({ servers, signal }) {
  const git = await run('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, check: false, limitMs: 20_000, signal });
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    arch: arch(),
    mongodb: await mongodbOf(servers.mongodb),
    rabbitmq: await rabbitmqOf(servers.rabbitmq),
    commit: git.code === 0 ? git.output.trim() : 'unknown',
  };
}

async function mongodbOf({ uri, describe }) {
  const client = await MongoClient.connect(uri);
  const { version } = await client.db('admin').command({ buildInfo: 1 });
  await client.close();
  return `${describe.split(' on port')[0]}, MongoDB ${version}'s protocol`;
}

async function rabbitmqOf({ uri }) {
  const connection = await connect(uri);
  const { version } = connection.connection.serverProperties;
  await connection.close();
  return version;
}
