import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadEnvironment, parseEnvironment } from './environment.js';
import { commonEnvironment, portSetting } from './environment.schema.js';
import { SettingsError } from './settings.error.js';

const schema = z.object({ ...commonEnvironment, PORT: portSetting(3000) });
const servers = { MONGODB_URI: 'mongodb://localhost', RABBITMQ_URI: 'amqp://localhost' };

describe('the environment', () => {
  it('fills in defaults, and takes an empty variable for one that is not set', () => {
    expect(loadEnvironment(schema, { ...servers, PORT: '', HTTP_HOST: '' })).toMatchObject({
      PORT: 3000,
      HTTP_HOST: '127.0.0.1',
    });
  });

  it('lists every fault at once, the missing token among them', () => {
    const { faults } = parseEnvironment(schema, { HTTP_HOST: '0.0.0.0', PORT: '-1' });
    expect(faults.map(({ path }) => path).sort()).toEqual(['ADMIN_TOKEN', 'MONGODB_URI', 'PORT', 'RABBITMQ_URI']);
  });

  it.each(['127.0.0.1', '::1', 'localhost'])('needs no token on %s', (HTTP_HOST) => {
    expect(parseEnvironment(schema, { ...servers, HTTP_HOST }).faults).toEqual([]);
  });

  it.each(['mongodb://ann:p@ss@db', 'mongodb://ann:p/ss@db', 'mongodb://ann:p?ss@db', 'mongodb://db/?x=1@y'])(
    'refuses %s: it is for nobody to say where the password ends',
    (MONGODB_URI) => {
      expect(parseEnvironment(schema, { ...servers, MONGODB_URI }).faults).toMatchObject([{ path: 'MONGODB_URI' }]);
    },
  );

  it.each(['mongodb://ann:p%40ss@a:1,b:2/x?replicaSet=r', 'mongodb+srv://db', 'mongodb://[::1]:27017/'])(
    'takes %s',
    (MONGODB_URI) => {
      expect(parseEnvironment(schema, { ...servers, MONGODB_URI }).faults).toEqual([]);
    },
  );

  it('says in words what to do', () => {
    const error = new SettingsError([{ path: 'PORT', found: '"x"', allowed: 'a port number' }]);
    expect(error.message).toBe(
      'SLUICE-CONFIG-INVALID  1 setting is wrong; nothing was started.\n  PORT\n      found:   "x"\n      allowed: a port number',
    );
  });
});
