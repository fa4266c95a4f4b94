import type { Setting, SettingSource } from '@sluice/contracts';
import type { z } from 'zod';
import type { NamedToken } from '../access/named-tokens.codec.js';
import type { commonEnvironment } from '../settings/environment.schema.js';
import type { SettingSources } from '../settings/setting.sources.js';
import { addressOf } from './uri.address.js';

/** What a reader of the configuration sees of a setting. `namesOfTokens`: who has one, and as what, without the hashes. */
export type Shown = 'asItIs' | 'address' | 'namesOfTokens' | 'hidden';

/** Those that may hold a secret: no number does. */
type TextSetting<Shape extends z.ZodRawShape> = {
  [Name in keyof Shape]: z.output<Shape[Name]> extends number | undefined ? never : Name;
}[keyof Shape];

/** One entry for every setting that may hold a secret: a new one does not compile until somebody has thought about it. */
export type ShownSettings<Shape extends z.ZodRawShape> = Readonly<Record<TextSetting<Shape>, Shown>>;

export const shownOfBoth: ShownSettings<typeof commonEnvironment> = {
  MONGODB_URI: 'address',
  MONGODB_TLS_CA_FILE: 'asItIs',
  MONGODB_TLS_CERT_FILE: 'asItIs',
  MONGODB_TLS_KEY_FILE: 'hidden',
  MONGODB_TLS_SERVER_NAME: 'asItIs',
  RABBITMQ_URI: 'address',
  RABBITMQ_TLS_CA_FILE: 'asItIs',
  RABBITMQ_TLS_CERT_FILE: 'asItIs',
  RABBITMQ_TLS_KEY_FILE: 'hidden',
  RABBITMQ_TLS_SERVER_NAME: 'asItIs',
  RABBITMQ_AUTH: 'asItIs',
  HTTP_HOST: 'asItIs',
  HTTP_CORS_ORIGINS: 'asItIs',
  HTTP_TLS_CERT_FILE: 'asItIs',
  HTTP_TLS_KEY_FILE: 'hidden',
  HTTP_TLS_CA_FILE: 'asItIs',
  ADMIN_TOKEN: 'hidden',
  ADMIN_TOKENS: 'namesOfTokens',
  ADMIN_TOKENS_FILE: 'hidden',
  ADMIN_JWKS_URL: 'address',
  ADMIN_JWT_ISSUER: 'asItIs',
  ADMIN_JWT_AUDIENCE: 'asItIs',
  ADMIN_JWT_ROLE_CLAIM: 'asItIs',
  SLUICE_STATE_DB: 'asItIs',
  SLUICE_EXCHANGE: 'asItIs',
  LOG_LEVEL: 'asItIs',
  OTEL_TRACES_EXPORTER: 'asItIs',
};

/** The settings of an app in the order of their names, secrets left out. */
export function shownSettings<Shape extends z.ZodRawShape>(
  { shape }: z.ZodObject<Shape>,
  shown: ShownSettings<Shape>,
  environment: Readonly<Partial<Record<keyof Shape, unknown>>>,
  sources: SettingSources,
): Setting[] {
  const ways: Readonly<Partial<Record<string, Shown>>> = shown;
  return Object.keys(shape)
    .sort()
    .map((name) => shownSetting(name, { shown: ways[name] ?? 'asItIs', value: environment[name] }, sources.of(name)));
}

function shownSetting(
  name: string,
  { shown, value }: { shown: Shown; value: unknown },
  source: SettingSource,
): Setting {
  const isHidden = shown === 'hidden' && value !== undefined;
  return { name, value: isHidden || value === undefined ? null : visible(shown, value), source, isHidden };
}

function visible(shown: Shown, value: unknown): unknown {
  if (shown === 'address') return addressOf(String(value));
  if (shown === 'namesOfTokens') return (value as readonly NamedToken[]).map(({ name, role }) => `${name}:${role}`); // what its schema makes
  return value;
}
