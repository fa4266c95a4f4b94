import { request } from 'node:http';
import { request as requestByTls } from 'node:https';
import type { TlsMaterial } from '@sluice/tls';

/** A request from an address of this machine's own choice: who is throttled is told by the address. */
export interface LocalRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly from?: string;
  /** For an https: URL: who is trusted, and what is shown. */
  readonly tls?: TlsMaterial | undefined;
}

export interface LocalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export function requestFrom(url: string, options: LocalRequest = {}): Promise<LocalAnswer> {
  const { method = 'GET', headers = {}, body, from = '127.0.0.1', tls = {} } = options;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestByTls : request;
    const outgoing = send(
      url,
      { ...tls, method, headers: { ...length, ...headers }, localAddress: from, agent: false },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (part: string) => (text += part));
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
