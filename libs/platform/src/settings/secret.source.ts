import { SecretMask } from '@sluice/observability';

/** URIs that may carry who asks. */
const URIS = ['MONGODB_URI', 'RABBITMQ_URI', 'ADMIN_JWKS_URL'];
/** `name=value` between commas; a collector's access token is one of them. */
const HEADER_LISTS = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'];
/** What of MongoDB's options is a secret. */
const SECRET_OPTIONS = /^(tlsCertificateKeyFilePassword|authMechanismProperties)$/i;

/** Knows the secrets of an app's environment. Tokens in files and named tokens are hashes, and need no mask. */
export function secretMaskOf(environment: Readonly<Record<string, unknown>>): SecretMask {
  const textOf = (name: string) => (typeof environment[name] === 'string' ? environment[name] : '');
  return new SecretMask([
    textOf('ADMIN_TOKEN'),
    ...URIS.flatMap((name) => secretsOfUri(textOf(name))),
    ...HEADER_LISTS.flatMap((name) => textOf(name).split(',').map(valueOf)),
  ]);
}

function secretsOfUri(uri: string): string[] {
  const [, rest = ''] = uri.split(/:\/\/(.*)/s);
  const who = rest.slice(0, Math.max(rest.lastIndexOf('@'), 0));
  const options = rest.split('?').slice(1).join('?').split('&');
  const secretOptions = options.filter((option) => SECRET_OPTIONS.test(option.split('=')[0] ?? ''));
  return [who.includes(':') ? who.slice(who.indexOf(':') + 1) : who, ...secretOptions.flatMap(partsOfOption)];
}

/** Of `authMechanismProperties=AWS_SESSION_TOKEN:secret,…` each value. */
function partsOfOption(option: string): string[] {
  const value = valueOf(option);
  return [value, ...value.split(',').map((part) => part.slice(part.indexOf(':') + 1))];
}

function valueOf(pair: string): string {
  return pair.slice(pair.indexOf('=') + 1).trim();
}
