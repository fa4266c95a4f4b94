import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { linkReadiness } from '@sluice/platform';
import { RabbitConnection } from '@sluice/messaging';
import { eventually } from '@sluice/testing';
import { readTlsFiles } from '@sluice/tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRabbitmq, type BrokerHandle } from '../../scripts/lib/servers.mjs';
import { CommandLine } from '../harness/command.line.js';
import { requestFrom } from '../harness/local.request.js';
import { PlantedSecrets } from '../harness/planted.secrets.js';
import { RunningSystem } from '../harness/running.system.js';
import { TestAuthority, type IssuedFiles } from '../harness/test.authority.js';
import { testServers } from '../harness/test-servers.js';
import { TlsProxy } from '../harness/tls.proxy.js';

const secrets = new PlantedSecrets();
const planted = secrets.environment('http://127.0.0.1:9');
const { ADMIN_TOKEN } = planted;
const authorization = `Bearer ${ADMIN_TOKEN}`;
const here = { hosts: ['localhost', '127.0.0.1'] };
const authority = new TestAuthority();
const foreign = new TestAuthority('Another authority');
const { caFile } = authority;
const [client, admin] = [authority.issue('sluice'), authority.issue('cdc', here)];
/** Everybody of this test who calls an app. */
const caller = { prefix: 'TEST', caFile, ...authority.issue('operator') };

let broker: BrokerHandle;
let proxy: TlsProxy;
let system: RunningSystem;
/** In place of a user and a password. */
let byCertificate: Record<string, string>;
beforeAll(async () => {
  broker = await startRabbitmq({ tls: { caFile, ...authority.issue('rabbitmq', here) } });
  const password = secrets.plantPassword("RabbitMQ's password");
  await broker.addUser('ann', decodeURIComponent(password));
  const { mongodb } = testServers();
  proxy = await TlsProxy.before(mongodb, { caFile, ...authority.issue('mongodb', { hosts: ['db.example'] }) });
  const env = {
    ...planted,
    MONGODB_URI: `mongodb://127.0.0.1:${proxy.port}/?directConnection=true&tls=true`,
    ...variables('MONGODB_TLS', client),
    MONGODB_TLS_SERVER_NAME: 'db.example',
    RABBITMQ_URI: (broker.tlsUri ?? '').replace('guest:guest', `ann:${password}`),
    ...variables('RABBITMQ_TLS', client),
    ...variables('HTTP_TLS', admin),
    PRODUCER_METRICS_PORT: '0',
  };
  const servers = { mongodb, rabbitmq: broker.uri };
  const tls = readTlsFiles(caller);
  await broker.addUser('sluice', 'a password that nobody knows');
  byCertificate = { RABBITMQ_URI: (broker.tlsUri ?? '').replace('guest:guest@', ''), RABBITMQ_AUTH: 'certificate' };
  const consumerEnv = { ...env, ...byCertificate };
  system = await RunningSystem.prepare({ servers, producerEnv: env, consumerEnv, tls });
  await Promise.all([system.startConsumer().ready(), system.startProducer().ready()]);
});
afterAll(async () => {
  await system?.stop();
  await proxy?.close();
  await broker?.stop();
  for (const one of [authority, foreign]) one.remove();
});

function variables(prefix: string, { certFile, keyFile }: IssuedFiles): Record<string, string> {
  return { [`${prefix}_CA_FILE`]: caFile, [`${prefix}_CERT_FILE`]: certFile, [`${prefix}_KEY_FILE`]: keyFile };
}

it('changes come from MongoDB by RabbitMQ to the handler, through TLS with client certificates on both ways', async () => {
  const orders = system.db.collection<{ _id: number }>('orders');
  await orders.insertMany(Array.from({ length: 50 }, (_, _id) => ({ _id })));
  await orders.deleteMany({});
  await system.handledAll(100);
});

it('RabbitMQ knows an app by its certificate alone where it is asked to, and others by their password', async () => {
  const logins = await broker.logins();
  expect(logins).toEqual(expect.arrayContaining(['ann PLAIN', 'sluice EXTERNAL']));
  expect(logins.filter((login) => login.startsWith('guest'))).toEqual([]);
});

it('no secret is said while all is well, but for the collector of traces, who is away', async () => {
  for (const app of [system.producer, system.consumer])
    expect(await secrets.leaksOf(app, { headers: { authorization } }), app.name).toEqual([]);
});

it('the broker that gets no certificate, or a stranger’s, is told by readiness with what to set', async () => {
  const reasonWith = async (files: Partial<IssuedFiles>) => {
    const tls = { prefix: 'RABBITMQ_TLS', caFile, ...files };
    const connection = new RabbitConnection({ uri: broker.tlsUri ?? '', name: 'test', tls });
    onTestFinished(() => connection.close());
    connection.start();
    await eventually(() => connection.lastError !== undefined);
    return linkReadiness(connection).reason;
  };
  expect(await reasonWith({})).toMatch(/asks for a client certificate.*RABBITMQ_TLS_CERT_FILE/);
  expect(await reasonWith(foreign.issue('stranger'))).toMatch(/does not accept the client certificate/);
});

describe('the admin port', () => {
  const ask = async (path: string, tls: object, headers = {}) =>
    requestFrom(`${await system.producer.url()}${path}`, { tls, headers });
  const withoutCertificate = () => ({ ca: readFileSync(caFile) });

  it('speaks TLS alone, of at least 1.2', async () => {
    const url = await system.producer.url();
    expect(url).toMatch(/^https:/);
    await expect(requestFrom(url.replace('https:', 'http:'))).rejects.toThrow();
    await expect(ask('/health/live', {})).rejects.toThrow(/self-signed certificate in certificate chain/);
    await expect(ask('/health/live', { ...withoutCertificate(), maxVersion: 'TLSv1.1' })).rejects.toThrow();
  });

  it('answers probes without a certificate, and nothing else, whatever the token', async () => {
    for (const tls of [withoutCertificate(), readTlsFiles({ ...caller, ...foreign.issue('stranger') })]) {
      expect((await ask('/health/ready', tls)).status).toBe(200);
      for (const path of ['/api/v1/streams', '/metrics', '/api/v1/nothing']) {
        const refused = await ask(path, tls, { authorization });
        expect([refused.status, JSON.parse(refused.text)]).toMatchObject([403, { code: 'SLUICE-CERTIFICATE-MISSING' }]);
      }
    }
  });

  it('asks for the token as well', async () => {
    const answer = await ask('/api/v1/streams', readTlsFiles(caller));
    expect(answer.status).toBe(401);
    expect(answer.headers['strict-transport-security']).toMatch(/max-age=\d+/);
    expect((await ask('/api/v1/streams', readTlsFiles(caller), { authorization })).status).toBe(200);
  });

  it('has its metrics port behind the same', async () => {
    const line = system.producer.lines.find(({ msg }) => msg?.startsWith('metrics on '));
    const url = `${line?.msg?.replace('metrics on ', '')}/metrics`;
    const headers = { authorization };
    expect((await requestFrom(url, { tls: withoutCertificate(), headers })).status).toBe(403);
    expect((await requestFrom(url, { tls: readTlsFiles(caller), headers })).text).toMatch(/^# HELP/);
  });

  it('is found alive by the health check of the images', async () => {
    const script = fileURLToPath(new URL('../../deploy/health-check.mjs', import.meta.url));
    const { port } = new URL(await system.producer.url());
    const env = { ...process.env, PORT: port, HTTP_TLS_CERT_FILE: admin.certFile };
    const check = (more = {}) => promisify(execFile)(process.execPath, [script, 'PORT'], { env: { ...env, ...more } });
    await check();
    await expect(check({ HTTP_TLS_CERT_FILE: client.certFile })).rejects.toThrow(/another certificate/);
  });

  it('serves the command line that has a certificate, and tells the others which setting to look at', async () => {
    const env = {
      SLUICE_PRODUCER_URL: await system.producer.url(),
      SLUICE_CONSUMER_URL: await system.consumer.url(),
      SLUICE_TOKEN: ADMIN_TOKEN,
      ...variables('SLUICE_TLS', caller),
    };
    const sluice = (more: Record<string, string>, ...args: string[]) => new CommandLine(args, { ...env, ...more });
    expect(await sluice({}, 'status').end()).toMatchObject({
      code: 0,
      out: expect.stringMatching(/main +running/) as string,
    });
    const unknown = await sluice({ SLUICE_TLS_CA_FILE: '' }, 'status').end();
    expect(unknown).toMatchObject({
      code: 1,
      err: expect.stringContaining('SLUICE_TLS_CA_FILE names who is') as string,
    });
    const half = await sluice({ SLUICE_TLS_KEY_FILE: '' }, 'status').end();
    expect(half).toMatchObject({ code: 2, err: expect.stringMatching(/SLUICE_TLS_KEY_FILE: found nothing/) as string });
    const bare = await sluice({ SLUICE_TLS_CERT_FILE: '', SLUICE_TLS_KEY_FILE: '' }, 'streams', 'list').end();
    expect(bare).toMatchObject({
      code: 1,
      err: expect.stringMatching(/SLUICE_TLS_CERT_FILE and .* name one/) as string,
    });
    const nobody = (broker.tlsUri ?? '').replace('guest:guest', 'nobody:knows');
    const rabbit = { ...byCertificate, RABBITMQ_URI: nobody, SLUICE_EXCHANGE: system.exchange };
    const tail = sluice({ ...rabbit, ...variables('RABBITMQ_TLS', client) }, 'tail', '--count', '1');
    await system.eventually(() => tail.err.includes('waiting for events'));
    await system.db.collection<{ _id: string }>('orders').insertOne({ _id: 'seen' });
    expect(await tail.end()).toMatchObject({ code: 0, out: expect.stringMatching(/insert.*"seen"/) as string });
  });

  it('shows a renewed certificate without a restart, and keeps the older one where the new cannot be used', async () => {
    const shown = async () => {
      const socket = connect({ port: Number(new URL(await system.producer.url()).port), ...readTlsFiles(caller) });
      const certificate = await new Promise<string>((resolve, reject) => {
        socket.once('error', reject);
        socket.once('secureConnect', () => resolve(socket.getPeerX509Certificate()?.serialNumber ?? ''));
      });
      socket.destroy();
      return certificate;
    };
    const serial = () => new X509Certificate(readFileSync(admin.certFile)).serialNumber;
    const before = serial();
    const { keyFile } = foreign.issue('another');
    authority.issueTo({ certFile: admin.certFile, keyFile }, 'half renewed', here);
    await system.eventually(() => system.producer.lines.some(({ msg }) => msg?.startsWith('SLUICE-TLS-FILE-INVALID')));
    expect(await shown()).toBe(before);
    authority.issueTo(admin, 'renewed', here);
    await system.eventually(async () => (await shown()) === serial());
  });
});
