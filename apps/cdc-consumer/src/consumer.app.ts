import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { HandlerRegistry } from '@sluice/handlers';
import { OrderedRmqServer } from '@sluice/messaging';
import { NestLogger, type Logger } from '@sluice/observability';
import { httpTls, listen, portTls, prepareHttp, secretMaskOf } from '@sluice/platform';
import { HTTP_TITLE } from './admin/http.title.js';
import { AppModule, type AppParts } from './app.module.js';
import { PublishConnection } from './connections/rabbit.connections.js';
import { RealtimeWsAdapter } from './realtime/gateway/realtime-ws.adapter.js';
import { shutdownSteps } from './shutdown/shutdown.steps.js';

export interface RunningConsumer {
  readonly app: NestExpressApplication;
  readonly url: string;
}

/**
 * Starts the consumer: HTTP first, so that health answers while the servers are away, deliveries last, so that no
 * handler runs before its module has been initialised. Servers that are away hold up nothing here.
 */
export async function startConsumer(parts: AppParts, logger: Logger): Promise<RunningConsumer> {
  const { environment } = parts.settings;
  const tls = httpTls(environment);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(parts), {
    logger: new NestLogger(logger),
    forceCloseConnections: true,
    bodyParser: false,
    abortOnError: false,
    ...(tls === undefined ? {} : { httpsOptions: portTls(tls) }),
  });
  app.get(HandlerRegistry).describe(); // two handlers of one name end it here, with nothing open
  // Without `inheritAppConfig`: guards and filters of the HTTP side are no business of events.
  app.connectMicroservice<AsyncMicroserviceOptions>({
    inject: [OrderedRmqServer],
    useFactory: (strategy: OrderedRmqServer) => ({ strategy }),
  });
  for (const step of shutdownSteps(app)) parts.shutdown.add(step);
  if (environment.REALTIME === 'on') app.useWebSocketAdapter(new RealtimeWsAdapter(app));
  prepareHttp(app, {
    ...HTTP_TITLE,
    logger,
    mask: secretMaskOf({ ...process.env, ...environment }),
    corsOrigins: environment.HTTP_CORS_ORIGINS,
    exchange: environment.SLUICE_EXCHANGE,
    isTls: tls !== undefined,
  });
  const url = await listen(app, {
    host: environment.HTTP_HOST,
    port: environment.CONSUMER_HTTP_PORT,
    metricsPort: environment.CONSUMER_METRICS_PORT,
    tls,
  });
  app.get(PublishConnection).start();
  await app.startAllMicroservices();
  return { app, url };
}
