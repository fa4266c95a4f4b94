import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ConfirmedRmqClient } from '@sluice/messaging';
import { createLogger, NestLogger, startTracing } from '@sluice/observability';
import {
  EXIT_CONFIG,
  GracefulShutdown,
  httpTls,
  listen,
  portTls,
  prepareHttp,
  readDotEnv,
  runMain,
  secretMaskOf,
} from '@sluice/platform';
import { HTTP_TITLE } from './admin/http.title.js';
import { AppModule } from './app.module.js';
import { loadProducerSettings } from './config/producer.settings.js';
import { StreamsService } from './streams/streams.service.js';

async function main(): Promise<void> {
  const dotEnv = readDotEnv();
  const settings = loadProducerSettings(process.env, dotEnv);
  const { environment } = settings;
  const tls = httpTls(environment);
  const endTracing = await startTracing(environment.OTEL_TRACES_EXPORTER, 'cdc-producer');
  const mask = secretMaskOf(process.env);
  const logger = createLogger({ name: 'cdc-producer', level: environment.LOG_LEVEL, mask });
  const shutdown = new GracefulShutdown(logger, environment.SHUTDOWN_TIMEOUT_MS);
  const exitApp = (error: Error) => {
    logger.fatal(error.message);
    void shutdown.shutdown(app).finally(() => process.exit(EXIT_CONFIG));
  };
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with({ settings, shutdown, exitApp }), {
    logger: new NestLogger(logger),
    forceCloseConnections: true,
    bodyParser: false,
    abortOnError: false,
    ...(tls === undefined ? {} : { httpsOptions: portTls(tls) }),
  });
  const client = app.get(ConfirmedRmqClient);
  client.connection.start();
  shutdown.add({ name: 'stop the streams', run: () => app.get(StreamsService).stopAll() });
  shutdown.add({ name: 'close RabbitMQ', run: () => client.close() });
  shutdown.add({ name: 'end tracing', run: endTracing });
  shutdown.own(app);
  prepareHttp(app, {
    ...HTTP_TITLE,
    logger,
    mask,
    corsOrigins: environment.HTTP_CORS_ORIGINS,
    exchange: environment.SLUICE_EXCHANGE,
    isTls: tls !== undefined,
  });
  await listen(app, {
    host: environment.HTTP_HOST,
    port: environment.PRODUCER_HTTP_PORT,
    metricsPort: environment.PRODUCER_METRICS_PORT,
    tls,
  });
}

await runMain(main);
