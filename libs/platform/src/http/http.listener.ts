import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as SecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { TlsFiles } from '@sluice/tls';
import { FileReloads } from '../files/file.reloads.js';
import { portTls, renewCertificates } from '../tls/port.tls.js';
import { codedProblem } from '../admin/problem.mapper.js';
import { httpFault, wholeAnswer } from './http-fault.mapper.js';

/** Where an app listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** One more, where `/metrics` is served and nothing else: for a scraper that must not reach the rest. */
  readonly metricsPort?: number | undefined;
  /** Of both ports; the app was made with the same (`portTls`). */
  readonly tls?: TlsFiles | undefined;
}

/** Another process listens where this app should. */
export class HttpPortTakenError extends Error {
  readonly code = 'SLUICE-HTTP-PORT-TAKEN';
  constructor(host: string, port: number, options: ErrorOptions) {
    super(`SLUICE-HTTP-PORT-TAKEN  port ${port} on ${host} is taken by another process; choose another one.`, options);
    this.name = 'HttpPortTakenError';
  }
}

/** Listens and says where. @throws HttpPortTakenError */
export async function listen(app: NestExpressApplication, options: ListenOptions): Promise<string> {
  const { host, port, metricsPort, tls } = options;
  const server = app.getHttpServer() as TlsCapable; // Nest types the server of any framework as `any`
  server.on('clientError', answerUnreadable);
  await orPortTaken(app.listen(port, host), options);
  const url = await app.getUrl();
  new Logger('Http').log(`listening on ${url}`);
  const metrics = metricsPort === undefined ? [] : [await serveMetrics(app, { host, port: metricsPort, tls })];
  for (const one of metrics) server.once('close', () => one.close());
  if (tls !== undefined) server.once('close', renewCertificates([server, ...metrics], tls, app.get(FileReloads)));
  return url;
}

/** A server of either kind; without TLS nobody gives it a certificate. */
type TlsCapable = Server & Pick<SecureServer, 'setSecureContext'>;

async function serveMetrics(app: NestExpressApplication, options: ListenOptions): Promise<TlsCapable> {
  const { host, port, tls } = options;
  const serve = metricsOnly(expressOf(app));
  const metrics = tls === undefined ? createServer(serve) : createTlsServer(portTls(tls), serve);
  metrics.on('clientError', answerUnreadable);
  await orPortTaken(listening(metrics, port, host), options);
  const address = metrics.address();
  const scheme = tls === undefined ? 'http' : 'https';
  new Logger('Http').log(`metrics on ${scheme}://${host}:${typeof address === 'object' ? address?.port : port}`);
  return metrics as TlsCapable;
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.unref();
      resolve();
    });
  });
}

async function orPortTaken(attempt: Promise<unknown>, { host, port }: ListenOptions): Promise<void> {
  try {
    await attempt;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
      throw new HttpPortTakenError(host, port, { cause });
    }
    throw cause;
  }
}

/** The app without its server; Nest types the instance of any framework as `any`. */
function expressOf(app: NestExpressApplication): RequestListener {
  return app.getHttpAdapter().getInstance() as RequestListener;
}

function metricsOnly(serve: RequestListener): RequestListener {
  return (request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }) => {
    if (/^\/metrics\/?(\?|$)/.test(request.url ?? '')) return serve(request, response);
    const { status, head, body } = httpFault(404, 'SLUICE-PATH-UNKNOWN', 'this port serves /metrics and nothing else');
    response.writeHead(status, head).end(body);
  };
}

/**
 * What Node.js cannot read as HTTP reaches no route, and is answered here: as every error, and then ended. Where TLS has
 * not come about there is no way to say anything.
 */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  const isTls = error.code?.startsWith('ERR_SSL_') === true;
  if (!socket.writable || isTls || error.code === 'ECONNRESET') return void socket.destroy();
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? codedProblem(431, 'SLUICE-HEADERS-TOO-LARGE', 'path, query and headers are too long together: at most 16 KiB')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? codedProblem(408, 'SLUICE-REQUEST-TIMEOUT', 'the request did not come in time')
        : codedProblem(400, 'SLUICE-REQUEST-MALFORMED', 'what came is not HTTP');
  socket.end(wholeAnswer(problem));
}
