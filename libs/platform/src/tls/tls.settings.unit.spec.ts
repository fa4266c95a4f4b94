import { describe, expect, it } from 'vitest';
import { httpTls, mongoTls, rabbitServer, tlsFaults } from './tls.settings.js';

const plain = { MONGODB_URI: 'mongodb://db', RABBITMQ_URI: 'amqp://mq' };
const faults = (env: Record<string, string>) =>
  tlsFaults({ ...plain, ...env }).map(({ path, found }) => `${path}: ${found}`);

describe('the settings of TLS', () => {
  it.each([
    ['mongodb://db/?tls=true', true],
    ['mongodb://db/x?replicaSet=a&SSL=true', true],
    ['mongodb+srv://db/', true],
    ['mongodb+srv://db/?tls=false', false],
    ['mongodb://db/?tls=false', false],
    ['mongodb://user:tls=true@db/', false],
  ])('%s: TLS %s', (MONGODB_URI, isTls) => {
    expect(mongoTls({ ...plain, MONGODB_URI }) !== undefined).toBe(isTls);
  });

  it('belong to a connection that is encrypted, and to no other', () => {
    expect(rabbitServer({ ...plain, RABBITMQ_TLS_SERVER_NAME: 'x' }).tls).toBeUndefined();
    expect(rabbitServer({ ...plain, RABBITMQ_URI: 'amqps://mq', RABBITMQ_TLS_SERVER_NAME: 'x' })).toMatchObject({
      uri: 'amqps://mq',
      tls: { prefix: 'RABBITMQ_TLS', serverName: 'x' },
    });
    expect(httpTls({})).toBeUndefined();
    expect(faults({})).toEqual([]);
    expect(faults({ MONGODB_URI: 'mongodb://db/?tls=true', RABBITMQ_URI: 'amqps://mq' })).toEqual([]);
  });

  it('are refused with a URI that encrypts nothing', () => {
    expect(faults({ RABBITMQ_TLS_SERVER_NAME: 'x', MONGODB_TLS_SERVER_NAME: 'y' })).toEqual([
      'MONGODB_URI: a URI without TLS, while MONGODB_TLS_SERVER_NAME is set',
      'RABBITMQ_URI: a URI without TLS, while RABBITMQ_TLS_SERVER_NAME is set',
    ]);
  });

  it('let RabbitMQ know its user by the certificate alone, where there is one and no other user is named', () => {
    const external = { RABBITMQ_AUTH: 'certificate', RABBITMQ_URI: 'amqps://mq' };
    expect(rabbitServer({ ...plain, ...external }).auth).toBe('certificate');
    expect(rabbitServer(plain).auth).toBe('password');
    const missing = 'RABBITMQ_TLS_CERT_FILE: nothing, while RABBITMQ_AUTH is certificate';
    expect(faults(external)).toEqual([missing]);
    expect(faults({ ...external, RABBITMQ_URI: 'amqps://ann:secret@mq' })).toEqual([
      missing,
      'RABBITMQ_URI: a user (not shown), while RABBITMQ_AUTH is certificate',
    ]);
    expect(faults({ ...external, RABBITMQ_AUTH: 'password' })).toEqual([]);
  });

  it.each(['tlsInsecure', 'tlsAllowInvalidCertificates', 'tlsAllowInvalidHostnames'])(
    'cannot turn the check of a certificate off: %s',
    (option) => {
      const found = `MONGODB_URI: the option ${option}=true, by which anybody could be the server`;
      expect(faults({ MONGODB_URI: `mongodb://db/?tls=true&${option.toLowerCase()}=true` })).toEqual([found]);
      expect(faults({ MONGODB_URI: `mongodb://db/?tls=true&${option}=false` })).toEqual([]);
    },
  );

  it("nor can Node's own switch", () => {
    expect(faults({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toEqual(['NODE_TLS_REJECT_UNAUTHORIZED: "0"']);
    expect(faults({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toEqual([]);
  });

  it('name files that cannot be used, and client certificates without TLS to show them in', () => {
    expect(faults({ HTTP_TLS_CA_FILE: '/nowhere/ca.pem', HTTP_TLS_CERT_FILE: '/nowhere/cert.pem' })).toEqual([
      'HTTP_TLS_CA_FILE: /nowhere/ca.pem, which does not exist',
      'HTTP_TLS_CERT_FILE: /nowhere/cert.pem, which does not exist',
      'HTTP_TLS_KEY_FILE: nothing, while HTTP_TLS_CERT_FILE is set',
    ]);
    expect(faults({ HTTP_TLS_CA_FILE: '/nowhere/ca.pem' })).toContain(
      'HTTP_TLS_CA_FILE: a value, without a certificate of the server',
    );
  });
});
