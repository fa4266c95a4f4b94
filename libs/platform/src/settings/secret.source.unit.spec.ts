import { expect, it } from 'vitest';
import { secretMaskOf } from './secret.source.js';

it('every secret of the environment is masked, wherever it is said', () => {
  const mask = secretMaskOf({
    ADMIN_TOKEN: 'planted-admin-token',
    MONGODB_URI: 'mongodb://ann:planted-mon%40go@db/?tls=true&tlsCertificateKeyFilePassword=planted-file',
    RABBITMQ_URI: 'amqps://bob:planted@rab/bit@mq',
    ADMIN_JWKS_URL: 'https://planted-provider@id.example/keys',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20planted-collector, x-key=planted-key',
  });
  const said = [
    'planted-admin-token',
    'planted-mon@go',
    'planted-file',
    'planted@rab/bit',
    'planted-provider',
    'Bearer planted-collector',
    'planted-key',
  ];
  for (const secret of said) expect(mask.apply(`a driver says ${secret}.`), secret).toBe('a driver says ***.');
  expect(mask.apply('ann at db, bob at mq')).toBe('ann at db, bob at mq');
});

it('an environment without secrets masks nothing', () => {
  const mask = secretMaskOf({ MONGODB_URI: 'mongodb://db', RABBITMQ_URI: 'amqp://mq' });
  expect(mask.apply('mongodb://db amqp://mq')).toBe('mongodb://db amqp://mq');
});
