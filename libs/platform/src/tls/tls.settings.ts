import { tlsClientOf, tlsFileFaults, type TlsClient, type TlsFiles } from '@sluice/tls';
import { z } from 'zod';
import type { SettingsFault } from '../settings/settings.error.js';
import { isMongoTls, isRabbitTls, namesUser, uncheckedMongoOptions } from './server-uri.policy.js';

const file = z.string().min(1, 'the path of a file').optional();
const name = z.string().min(1, "a name that the server's certificate has").optional();

/** TLS of the two connections and of the admin port. */
export const tlsEnvironment = {
  MONGODB_TLS_CA_FILE: file,
  MONGODB_TLS_CERT_FILE: file,
  MONGODB_TLS_KEY_FILE: file,
  MONGODB_TLS_SERVER_NAME: name,
  RABBITMQ_TLS_CA_FILE: file,
  RABBITMQ_TLS_CERT_FILE: file,
  RABBITMQ_TLS_KEY_FILE: file,
  RABBITMQ_TLS_SERVER_NAME: name,
  /** How RabbitMQ is told who connects: by the URI's user and password, or by the client certificate alone. */
  RABBITMQ_AUTH: z.enum(['password', 'certificate']).default('password'),
  HTTP_TLS_CERT_FILE: file,
  HTTP_TLS_KEY_FILE: file,
  /** Callers must show a certificate that one of these has signed. */
  HTTP_TLS_CA_FILE: file,
} as const;

type TlsEnvironment = Readonly<Partial<Record<keyof typeof tlsEnvironment, string | undefined>>>;
/** The part of the environment that says where the servers are, and how they are called. */
export type ServerEnvironment = TlsEnvironment & { readonly MONGODB_URI: string; readonly RABBITMQ_URI: string };

interface RabbitServer {
  readonly uri: string;
  readonly tls: TlsClient | undefined;
  readonly auth: 'password' | 'certificate';
}

/** Undefined: MongoDB's URI asks for no TLS. */
export function mongoTls(environment: ServerEnvironment): TlsClient | undefined {
  return isMongoTls(environment.MONGODB_URI) ? tlsClientOf('MONGODB_TLS', environment) : undefined;
}

/** How to reach RabbitMQ, as its connection takes it. */
export function rabbitServer(environment: ServerEnvironment): RabbitServer {
  const { RABBITMQ_URI: uri, RABBITMQ_AUTH } = environment;
  const tls = isRabbitTls(uri) ? tlsClientOf('RABBITMQ_TLS', environment) : undefined;
  return { uri, tls, auth: RABBITMQ_AUTH === 'certificate' ? 'certificate' : 'password' };
}

/** Undefined: the admin port is served without TLS. */
export function httpTls(environment: TlsEnvironment): TlsFiles | undefined {
  const { HTTP_TLS_CERT_FILE: certFile, HTTP_TLS_KEY_FILE: keyFile, HTTP_TLS_CA_FILE: caFile } = environment;
  return certFile === undefined ? undefined : { prefix: 'HTTP_TLS', certFile, keyFile, caFile };
}

type Input = TlsEnvironment & Readonly<Record<string, string | undefined>>;

/** What no single variable shows: files that cannot be used, and TLS that is asked for by half. */
export function tlsFaults(input: Input): SettingsFault[] {
  return [...uncheckedFaults(input), ...mongoFaults(input), ...rabbitFaults(input), ...httpFaults(input)];
}

function mongoFaults(input: Input): SettingsFault[] {
  const { MONGODB_URI: uri } = input;
  const allowed = 'tls=true among its options: without it nothing is encrypted, whatever the files say';
  const unchecked = uri === undefined ? [] : uncheckedMongoOptions(uri);
  return [
    ...unchecked.map((option) => ({
      path: 'MONGODB_URI',
      found: `the option ${option}, by which anybody could be the server`,
      allowed: 'servers whose certificate is checked; MONGODB_TLS_CA_FILE and MONGODB_TLS_SERVER_NAME say by what',
    })),
    ...withoutTls(input, 'MONGODB', uri === undefined || isMongoTls(uri), allowed),
    ...fileFaults(tlsClientOf('MONGODB_TLS', input)),
  ];
}

function rabbitFaults(input: Input): SettingsFault[] {
  const { RABBITMQ_URI: uri } = input;
  const allowed = 'amqps://host:5671: amqp:// encrypts nothing, whatever the files say';
  return [
    ...withoutTls(input, 'RABBITMQ', uri === undefined || isRabbitTls(uri), allowed),
    ...certificateFaults(input),
    ...fileFaults(tlsClientOf('RABBITMQ_TLS', input)),
  ];
}

/** Whoever sets it means to be known by a certificate: nobody is to be let in as `guest` instead. */
function certificateFaults({ RABBITMQ_AUTH: auth, RABBITMQ_TLS_CERT_FILE: cert, RABBITMQ_URI: uri }: Input) {
  if (auth !== 'certificate') return [];
  const faults: SettingsFault[] = [];
  const allowed = 'with it and RABBITMQ_TLS_KEY_FILE the certificate that RabbitMQ knows its user by';
  if (cert === undefined)
    faults.push({ path: 'RABBITMQ_TLS_CERT_FILE', found: 'nothing, while RABBITMQ_AUTH is certificate', allowed });
  if (uri !== undefined && namesUser(uri))
    faults.push({
      path: 'RABBITMQ_URI',
      found: 'a user (not shown), while RABBITMQ_AUTH is certificate',
      allowed: 'amqps://host:5671 alone: the user is whom the certificate names',
    });
  return faults;
}

/** Half of it given would look like TLS, and be none. */
function withoutTls(input: Input, server: 'MONGODB' | 'RABBITMQ', isTls: boolean, allowed: string): SettingsFault[] {
  const given = Object.keys(tlsEnvironment).find((key) => key.startsWith(`${server}_TLS`) && input[key] !== undefined);
  return isTls || given === undefined
    ? []
    : [{ path: `${server}_URI`, found: `a URI without TLS, while ${given} is set`, allowed }];
}

function httpFaults(input: Input): SettingsFault[] {
  const { HTTP_TLS_CERT_FILE: certFile, HTTP_TLS_KEY_FILE: keyFile, HTTP_TLS_CA_FILE: caFile } = input;
  const faults = fileFaults({ prefix: 'HTTP_TLS', certFile, keyFile, caFile });
  if (caFile === undefined || certFile !== undefined || keyFile !== undefined) return faults;
  const allowed = 'HTTP_TLS_CERT_FILE and HTTP_TLS_KEY_FILE with it: without them there is no TLS to show one in';
  return [...faults, { path: 'HTTP_TLS_CA_FILE', found: 'a value, without a certificate of the server', allowed }];
}

function fileFaults(files: TlsFiles): SettingsFault[] {
  return tlsFileFaults(files).map(({ variable, found, allowed }) => ({ path: variable, found, allowed }));
}

/** Node's own switch: our connections ignore it, but the keys for JWTs and the collector of traces are fetched by it. */
function uncheckedFaults({ NODE_TLS_REJECT_UNAUTHORIZED: value }: Input): SettingsFault[] {
  if (value !== '0') return [];
  const allowed = 'not set: with it no certificate is checked (NODE_EXTRA_CA_CERTS names a file with more authorities)';
  return [{ path: 'NODE_TLS_REJECT_UNAUTHORIZED', found: '"0"', allowed }];
}
