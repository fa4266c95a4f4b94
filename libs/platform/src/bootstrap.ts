import { Logger as NestLog, type INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from '@sluice/observability';
import { pinoHttp } from 'pino-http';
import { ProblemFilter } from './admin/problem.filter.js';
import { EXIT_CONFIG } from './settings/settings.error.js';

/** Gives an app what both have in common on its HTTP side. */
export function prepareHttp(app: NestExpressApplication, logger: Logger): void {
  app.disable('x-powered-by');
  app.use(
    pinoHttp({
      logger,
      autoLogging: { ignore: (request) => request.url?.startsWith('/health') ?? false },
      customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'error' : 'debug'),
    }),
  );
  app.useGlobalFilters(new ProblemFilter());
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
export async function listen(app: INestApplication, port: number, host: string): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
      throw new HttpPortTakenError(host, port, { cause });
    }
    throw cause;
  }
  const url = await app.getUrl();
  new NestLog('Http').log(`listening on ${url}`);
  return url;
}

/**
 * Runs an app's main. What its user can mend (a setting, a taken port, a handler file without a handler: every error
 * with a code of ours) is told in plain sentences, without a stack, and ends with 78.
 */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!isOurs(error)) throw error;
    process.stderr.write(`${error.message.startsWith(error.code) ? '' : `${error.code}  `}${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

function isOurs(error: unknown): error is Error & { code: string } {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('SLUICE-')
  );
}
