import { request } from 'node:https';
import { readTlsClient, tlsClientOf, TlsFileInvalidError, type TlsClientOptions } from '@sluice/tls';
import { CliError } from '../cli.error.js';

/** Of an app's admin port: `SLUICE_TLS_CA_FILE` and its like. */
export const ADMIN_TLS = 'SLUICE_TLS';

type Environment = Readonly<Record<string, string | undefined>>;

/** The files that variables of the prefix name; undefined where none is set. @throws CliError */
export function tlsFrom(prefix: string, environment: Environment): TlsClientOptions | undefined {
  const { prefix: _prefix, ...given } = tlsClientOf(prefix, environment);
  if (Object.values(given).every((value) => value === undefined)) return undefined;
  try {
    return readTlsClient({ prefix, ...given });
  } catch (cause) {
    if (!(cause instanceof TlsFileInvalidError)) throw cause;
    throw new CliError(cause.code, cause.message, ['see docs/cli.md'], 2, { cause });
  }
}

/**
 * `fetch` as far as the admin client needs it, with a certificate authority and a client certificate of one's own: what
 * Node.js brings takes neither without a further package.
 */
export function secureFetch(environment: Environment, fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  const tls = tlsFrom(ADMIN_TLS, environment);
  if (tls === undefined) return fetch;
  return (url, init) => {
    const isTls = typeof url === 'string' && url.startsWith('https:');
    return isTls ? send(url, init ?? {}, tls) : fetch(url, init);
  };
}

function send(url: string, init: RequestInit, tls: TlsClientOptions): Promise<Response> {
  const { method = 'GET', body, signal } = init;
  const headers = Object.fromEntries(new Headers(init.headers));
  const options = { ...tls, method, headers, ...(signal ? { signal } : {}) };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const { statusCode = 0, headers: answered } = incoming;
        const headers = new Headers(answered.etag === undefined ? [] : [['etag', answered.etag]]); // the one asked for
        resolve(new Response(Buffer.concat(parts), { status: statusCode, headers }));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(typeof body === 'string' ? body : undefined); // the admin client sends nothing but text
  });
}
