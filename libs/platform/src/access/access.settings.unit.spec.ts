import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadEnvironment, parseEnvironment } from '../settings/environment.js';
import { commonEnvironment } from '../settings/environment.schema.js';
import { AccessSettings } from './access.settings.js';
import { digestOf } from './token.register.js';

const schema = z.object(commonEnvironment);
const servers = { MONGODB_URI: 'mongodb://localhost', RABBITMQ_URI: 'amqp://localhost' };
const hash = digestOf('a secret').toString('hex');
const folder = mkdtempSync(join(tmpdir(), 'sluice-access-'));
const faultsOf = (env: Record<string, string>) => parseEnvironment(schema, { ...servers, ...env }).faults;
const pathsOf = (env: Record<string, string>) => faultsOf(env).map(({ path }) => path);
const file = (text: string) => {
  const path = join(folder, `tokens-${Math.random()}`);
  writeFileSync(path, text);
  return path;
};

describe('who has access', () => {
  it('is whoever is on this machine where nothing is set', () => {
    expect(new AccessSettings(loadEnvironment(schema, servers)).asksForToken).toBe(false);
  });

  const jwt = {
    ADMIN_JWKS_URL: 'https://id.example/keys',
    ADMIN_JWT_ISSUER: 'https://id.example',
    ADMIN_JWT_AUDIENCE: 'sluice',
  };
  it.each([
    ['one token', { ADMIN_TOKEN: 'sixteen characters' }],
    ['named tokens', { ADMIN_TOKENS: `ann:operator:${hash}, grafana:viewer:${hash}` }],
    ['a file of them', { ADMIN_TOKENS_FILE: file(`# who\nann:operator:${hash}  # day shift\n\n`) }],
    ['an identity provider', jwt],
  ])('may be elsewhere with %s', (_what, env) => {
    const environment = loadEnvironment(schema, { ...servers, HTTP_HOST: '0.0.0.0', NODE_ENV: 'production', ...env });
    expect(new AccessSettings(environment).asksForToken).toBe(true);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'localhost.example', '127.0.0.1.example'])(
    'is nobody on %s without a token: nothing starts',
    (HTTP_HOST) => {
      expect(pathsOf({ HTTP_HOST, NODE_ENV: 'production' })).toEqual(['ADMIN_TOKEN']);
      expect(pathsOf({ HTTP_HOST })).toEqual(['ADMIN_TOKEN']);
    },
  );

  it.each([
    ['no entry', ' , '],
    ['a token in place of its hash', 'ann:operator:the-token-itself'],
    ['an unknown role', `ann:root:${hash}`],
    ['no name', `:viewer:${hash}`],
    ['one name twice', `ann:viewer:${hash},ann:operator:${hash}`],
  ])('cannot be told by %s, and nothing of it is shown', (_what, ADMIN_TOKENS) => {
    const [fault] = faultsOf({ ADMIN_TOKENS, HTTP_HOST: '0.0.0.0' });
    expect(fault).toMatchObject({ path: 'ADMIN_TOKENS', allowed: expect.stringMatching(/name:role:hash/) });
    expect(JSON.stringify(fault)).not.toMatch(new RegExp(`the-token-itself|${hash}`));
  });

  it.each([
    ['is not there', join(folder, 'nowhere'), /ENOENT/],
    ['is a folder', folder, /EISDIR/],
    ['holds no token', file('# nobody yet\n'), /no token/],
    ['is malformed', file(`ann:operator:${hash}\nplanted-token\n`), /entry 2/],
  ])('cannot be told by a file that %s', (_what, ADMIN_TOKENS_FILE, found) => {
    const [fault] = faultsOf({ ADMIN_TOKENS_FILE });
    expect(fault).toMatchObject({ path: 'ADMIN_TOKENS_FILE', found: expect.stringMatching(found) });
    expect(JSON.stringify(fault)).not.toMatch('planted-token');
  });

  it.each([
    [{ ADMIN_JWKS_URL: 'https://id.example/keys' }, ['ADMIN_JWT_ISSUER', 'ADMIN_JWT_AUDIENCE']],
    [{ ADMIN_JWT_AUDIENCE: 'sluice' }, ['ADMIN_JWT_AUDIENCE']],
    [{ ...jwt, ADMIN_JWKS_URL: 'http://id.example/keys' }, ['ADMIN_JWKS_URL']],
    [{ ...jwt, ADMIN_JWKS_URL: 'file:///etc/keys' }, ['ADMIN_JWKS_URL']],
    [{ ...jwt, ADMIN_JWKS_URL: 'http://127.0.0.1:9/keys' }, []],
    [{ HTTP_CORS_ORIGINS: 'https://a.example/path' }, ['HTTP_CORS_ORIGINS']],
    [{ HTTP_CORS_ORIGINS: '*' }, ['HTTP_CORS_ORIGINS']],
    [{ HTTP_CORS_ORIGINS: 'https://a.example http://localhost:8080' }, []],
  ])('%j: faults %j', (env, paths) => {
    expect(pathsOf(env)).toEqual(paths);
  });
});
