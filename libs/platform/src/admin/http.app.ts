import type { NestExpressApplication } from '@nestjs/platform-express';
import { REALTIME_PATHS } from '@sluice/contracts';
import type { Logger, SecretMask } from '@sluice/observability';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { pinoHttp, type HttpLogger } from 'pino-http';
import { AdminAccess } from '../access/admin.access.js';
import { serveAsyncApi } from './async-api.js';
import { keepContract, limitUrl, refuseUnexpectedBody } from './contract.middleware.js';
import { HttpContract } from './http-contract.js';
import { MAX_BODY_BYTES } from './limits.js';
import { describeHttp, serveOpenApi, type AppTitle } from './open-api.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestPipe } from './request.pipe.js';

/** How an app's HTTP side is to be. */
export interface HttpOptions extends AppTitle {
  readonly logger: Logger;
  /** Pages of these origins may call it from a browser; none by default. */
  readonly corsOrigins?: readonly string[] | undefined;
  readonly isTls?: boolean;
  /** What must not stand in any answer: a driver's error is the reason in readiness and in a stream's state. */
  readonly mask: SecretMask;
  /** Where the messages go, as their description names it. */
  readonly exchange: string;
}

const { tickets, events, documents } = REALTIME_PATHS;
/** Whatever is not served to everybody: asked for a token before its body is read. The guard asks again, by route. */
const PROTECTED = new RegExp(`^(/api/v\\d+|/metrics|${tickets}|${events}|${documents})(/|$)`, 'i');

/**
 * Gives an app what both have in common on its HTTP side. The order is what keeps strangers out: the caller is known
 * before the path is told apart, before a query is looked at and a body is read. For an app with `bodyParser: false`.
 */
export function prepareHttp(app: NestExpressApplication, options: HttpOptions): void {
  const document = describeHttp(app, options);
  const contract = new HttpContract(document);
  app.disable('x-powered-by');
  app.set('json replacer', (_key: string, value: unknown) =>
    typeof value === 'string' ? options.mask.apply(value) : value,
  );
  app.use(requestLog(options.logger));
  app.use(helmet(helmetOptions(options.isTls === true)));
  if (options.corsOrigins !== undefined) {
    app.enableCors({ origin: [...options.corsOrigins], exposedHeaders: ['ETag', 'Retry-After'], maxAge: 600 });
  }
  app.use(limitUrl);
  app.use(askWhoCalls(app.get(AdminAccess)));
  app.use(keepContract(contract));
  app.useBodyParser('json', { limit: MAX_BODY_BYTES, type: 'application/json' });
  app.use(refuseUnexpectedBody(contract));
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new RequestPipe());
  serveOpenApi(app, document);
  serveAsyncApi(app, options.exchange);
}

function requestLog(logger: Logger): HttpLogger {
  return pinoHttp({
    logger,
    autoLogging: { ignore: (request) => request.url?.startsWith('/health') ?? false },
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'error' : 'debug'),
  });
}

/** Pages may only load what this app serves itself. Without TLS nothing is said that makes a browser ask for it. */
function helmetOptions(isTls: boolean): Parameters<typeof helmet>[0] {
  return {
    contentSecurityPolicy: { directives: isTls ? {} : { upgradeInsecureRequests: null } },
    strictTransportSecurity: isTls,
  };
}

function askWhoCalls(access: AdminAccess) {
  return (request: Request, _: Response, next: NextFunction): void => {
    if (!PROTECTED.test(request.path)) return next();
    access.callerOf(request).then(() => next(), next);
  };
}
