import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { httpFault } from './http-fault.mapper.js';

/** Where an app listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** One more, where `/metrics` is served and nothing else: for a scraper that must not reach the rest. */
  readonly metricsPort?: number | undefined;
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
  const { host, port, metricsPort } = options;
  const server = app.getHttpServer();
  server.on('clientError', answerUnreadable);
  await orPortTaken(app.listen(port, host), options);
  const url = await app.getUrl();
  const logger = new Logger('Http');
  logger.log(`listening on ${url}`);
  if (metricsPort !== undefined) {
    const metrics = createServer(metricsOnly(expressOf(app)));
    metrics.on('clientError', answerUnreadable);
    server.once('close', () => metrics.close());
    await orPortTaken(listening(metrics, metricsPort, host), { host, port: metricsPort });
    const address = metrics.address();
    logger.log(
      `metrics on ${new URL(url).protocol}//${host}:${typeof address === 'object' ? address?.port : metricsPort}`,
    );
  }
  return url;
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

/** What Node.js cannot read as HTTP reaches no route, and is answered here: as every error, and then ended. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const { status, head, body } =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? httpFault(431, 'SLUICE-HEADERS-TOO-LARGE', 'path, query and headers are too long together: at most 16 KiB')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? httpFault(408, 'SLUICE-REQUEST-TIMEOUT', 'the request did not come in time')
        : httpFault(400, 'SLUICE-REQUEST-MALFORMED', 'what came is not HTTP');
  const lines = Object.entries({ ...head, Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} \r\n${lines.join('')}\r\n${body}`);
}
