import { describe, expect, it } from 'vitest';
import { addressOf } from './uri.address.js';

describe('what is shown of a URI', () => {
  it.each([
    ['mongodb://db:27017', 'mongodb://db:27017'],
    ['mongodb://ann:planted@db1:27017,db2/shop?replicaSet=rs', 'mongodb://db1:27017,db2/shop?replicaSet=rs'],
    ['mongodb+srv://ann:planted@db/?TLS=true&w=majority', 'mongodb+srv://db/?TLS=true&w=majority'],
    ['mongodb://db/?tls=true&tlsCertificateKeyFilePassword=planted', 'mongodb://db/?tls=true'],
    ['mongodb://db/?authMechanismProperties=AWS_SESSION_TOKEN:planted', 'mongodb://db/'],
    ['amqps://ann:planted@mq:5671/vhost', 'amqps://mq:5671/vhost'],
    ['amqp://planted@mq', 'amqp://mq'],
    ['amqp://ann:pl@nted@mq', 'amqp://mq'],
    ['mongodb://ann:pl/nted@db/shop', 'mongodb://db/shop'],
    ['mongodb://ann:plan?ted@db/shop?tls=true', 'mongodb://db/shop?tls=true'],
    ['https://ann:planted@id.example/keys?key=planted', 'https://id.example/keys'],
  ])('%s', (uri, shown) => {
    expect(addressOf(uri)).toBe(shown);
  });
});
