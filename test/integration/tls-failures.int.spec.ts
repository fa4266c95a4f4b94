import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { readFileSync, rmSync } from 'node:fs';
import { RabbitConnection } from '@sluice/messaging';
import { linkReadiness, MongoLink, MongoLinkOptions, mongoReadiness } from '@sluice/platform';
import { eventually } from '@sluice/testing';
import type { TlsClient } from '@sluice/tls';
import { createConnection } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { TestAuthority, type IssuedFiles } from '../harness/test.authority.js';

let trusted: TestAuthority;
let foreign: TestAuthority;
beforeAll(() => {
  trusted = new TestAuthority();
  foreign = new TestAuthority('Another authority');
});
afterAll(() => {
  trusted.remove();
  foreign.remove();
});

const here = { hosts: ['localhost', '127.0.0.1'] };
const pem = ({ certFile, keyFile }: IssuedFiles) => ({ cert: readFileSync(certFile), key: readFileSync(keyFile) });

/** Of the running test; those that run side by side have no other. */
type Finishing = Pick<TestContext, 'onTestFinished'>;
type Files = Omit<TlsClient, 'prefix'>;

/** A server that is there for its handshake alone. */
async function listening(server: Server, { onTestFinished }: Finishing): Promise<number> {
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port; // a TCP server's
}
const tlsServer = (options: TlsOptions, context: Finishing) =>
  listening(
    createServer(options, (socket) => void socket.on('error', () => undefined).resume()),
    context,
  );

/** What readiness says of RabbitMQ there. */
async function rabbitReason(port: number, tls: Files, { onTestFinished }: Finishing): Promise<string> {
  const uri = `amqps://localhost:${port}`;
  const connection = new RabbitConnection({ uri, name: 'test', tls: { prefix: 'RABBITMQ_TLS', ...tls } });
  onTestFinished(() => connection.close());
  connection.start();
  await eventually(() => connection.lastError !== undefined);
  const { ready, state, reason } = linkReadiness(connection);
  expect({ ready, state }).toEqual({ ready: false, state: 'disconnected' });
  return reason ?? '';
}

/** What readiness says of MongoDB there. */
async function mongoReason(port: number, tls: Files, { onTestFinished }: Finishing): Promise<string> {
  const uri = `mongodb://localhost:${port}/?tls=true&directConnection=true`;
  const options = new MongoLinkOptions(uri, 'state', 'test', { prefix: 'MONGODB_TLS', ...tls });
  const link = new MongoLink(createConnection(), options);
  onTestFinished(() => link.close());
  link.onModuleInit();
  await eventually(() => link.lastError !== undefined);
  const { ready, reason } = await mongoReadiness(link);
  expect(ready).toBe(false);
  return reason ?? '';
}

/** Both connections tell the same, each by its own settings. */
async function expectReasons(port: number, tls: Files, words: RegExp, context: Finishing): Promise<void> {
  const [rabbitmq, mongodb] = await Promise.all([rabbitReason(port, tls, context), mongoReason(port, tls, context)]);
  expect(rabbitmq).toMatch(words);
  expect(mongodb).toMatch(words);
  expect(rabbitmq.replaceAll('RABBITMQ_TLS', '…')).toBe(mongodb.replaceAll('MONGODB_TLS', '…'));
}

describe.concurrent('readiness says what is wrong with TLS, of either server', () => {
  it('an authority that is not the right one', async (context) => {
    const port = await tlsServer(pem(trusted.issue('server', here)), context);
    await expectReasons(
      port,
      { caFile: foreign.caFile },
      /signed by nobody who is trusted here; \w+_TLS_CA_FILE/,
      context,
    );
  });

  it('a certificate that has expired', async (context) => {
    const port = await tlsServer(pem(trusted.issue('server', { ...here, isExpired: true })), context);
    await expectReasons(port, { caFile: trusted.caFile }, /has expired.*\(CERT_HAS_EXPIRED\)$/, context);
  });

  it('a certificate for another host', async (context) => {
    const port = await tlsServer(pem(trusted.issue('server', { hosts: ['db.example'] })), context);
    await expectReasons(
      port,
      { caFile: trusted.caFile },
      /is for other names: .*DNS:db\.example.*_TLS_SERVER_NAME/,
      context,
    );
  });

  it.for(['TLSv1.2', 'TLSv1.3'] as const)(
    'no client certificate where one is asked for, %s',
    async (maxVersion, context) => {
      const asks = { ca: readFileSync(trusted.caFile), requestCert: true, rejectUnauthorized: true, maxVersion };
      const port = await tlsServer({ ...pem(trusted.issue('server', here)), ...asks }, context);
      await expectReasons(port, { caFile: trusted.caFile }, /asks for a client certificate.*_TLS_CERT_FILE/, context);
    },
  );

  it('a server that does not speak TLS', async (context) => {
    const server = createPlainServer((socket) => socket.once('data', () => socket.end('AMQP\0\0\x09\x01')));
    await expectReasons(await listening(server, context), {}, /does not speak TLS/, context);
  });

  it('a file that has gone since the start', async (context) => {
    const port = await tlsServer(pem(trusted.issue('server', here)), context);
    const own = trusted.issue('client');
    rmSync(own.keyFile);
    await expectReasons(
      port,
      { caFile: trusted.caFile, ...own },
      /_TLS_KEY_FILE: found .*which does not exist/,
      context,
    );
  });
});

it('a name of its own is checked in the place of the host, and what is renewed counts at the next attempt', async ({
  onTestFinished,
}) => {
  const own = trusted.issue('server', { hosts: ['db.example'] });
  const shown: boolean[] = [];
  const asks = { ca: readFileSync(trusted.caFile), requestCert: true, rejectUnauthorized: false };
  const server = createServer({ ...pem(own), ...asks }, (socket) => {
    shown.push(socket.authorized);
    socket.on('error', () => undefined).destroy();
  });
  const port = await listening(server, { onTestFinished });
  const client = foreign.issue('client');
  const tls = { prefix: 'RABBITMQ_TLS', caFile: trusted.caFile, ...client, serverName: 'db.example' };
  const connection = new RabbitConnection({ uri: `amqps://localhost:${port}`, name: 'test', tls });
  onTestFinished(() => connection.close());
  connection.start();
  await eventually(() => shown.includes(false));
  trusted.issueTo(client, 'client');
  await eventually(() => shown.includes(true));
});
