import { Logger as NestLog, type INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from '@sluice/observability';
import { pinoHttp } from 'pino-http';
import { ProblemFilter } from './admin/problem.filter.js';
import { EXIT_CONFIG, SettingsError } from './settings/settings.error.js';

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

/** Listens and says where. */
export async function listen(app: INestApplication, port: number, host: string): Promise<string> {
  await app.listen(port, host);
  const url = await app.getUrl();
  new NestLog('Http').log(`listening on ${url}`);
  return url;
}

/** Runs an app's main; a wrong configuration is told in plain sentences, and nothing is started. */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}
