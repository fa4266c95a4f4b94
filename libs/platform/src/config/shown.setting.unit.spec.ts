import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commonEnvironment } from '../settings/environment.schema.js';
import { SettingSources } from '../settings/setting.sources.js';
import { shownOfBoth, shownSettings } from './shown.setting.js';

const hash = 'ab'.repeat(32);
const given = {
  MONGODB_URI: 'mongodb://ann:planted@db/?tls=true',
  RABBITMQ_URI: 'amqps://ann:planted@mq',
  ADMIN_TOKEN: 'planted-admin-token',
  ADMIN_TOKENS: `bob:viewer:${hash}`,
  ADMIN_TOKENS_FILE: '/run/planted',
  HTTP_TLS_KEY_FILE: '/run/planted.pem',
  LOG_LEVEL: '',
};
const schema = z.object(commonEnvironment);
const environment = schema.parse({ ...given, LOG_LEVEL: undefined });
const sources = SettingSources.ofEnvironment(given, new Set(['ADMIN_TOKEN']));
const shown = shownSettings(schema, shownOfBoth, environment, sources);
const setting = (name: string) => shown.find((each) => each.name === name);

describe('the settings as they are shown', () => {
  it('have every secret left out, and say that it is set', () => {
    expect(JSON.stringify(shown)).not.toMatch(new RegExp(`planted|${hash}|ann`));
    const hidden = shown.filter(({ isHidden }) => isHidden).map(({ name, value }) => [name, value]);
    expect(hidden).toEqual([
      ['ADMIN_TOKEN', null],
      ['ADMIN_TOKENS_FILE', null],
      ['HTTP_TLS_KEY_FILE', null],
    ]);
    expect(setting('MONGODB_URI')?.value).toBe('mongodb://db/?tls=true');
    expect(setting('ADMIN_TOKENS')).toMatchObject({ value: ['bob:viewer'], isHidden: false });
    expect(setting('RABBITMQ_TLS_KEY_FILE')).toMatchObject({ value: null, isHidden: false });
  });

  it('say where each comes from; an empty variable gives nothing', () => {
    expect(setting('ADMIN_TOKEN')?.source).toBe('file');
    expect(setting('ADMIN_TOKENS')?.source).toBe('environment');
    expect(setting('LOG_LEVEL')).toEqual({ name: 'LOG_LEVEL', value: 'info', source: 'default', isHidden: false });
  });

  it('are all there', () => {
    expect(shown.map(({ name }) => name)).toEqual(Object.keys(commonEnvironment).sort());
  });
});
