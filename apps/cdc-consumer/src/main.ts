import 'reflect-metadata';
import { resolve } from 'node:path';
import { createLogger, startTracing } from '@sluice/observability';
import { GracefulShutdown, readDotEnv, runMain, secretMaskOf } from '@sluice/platform';
import { loadConsumerSettings } from './config/consumer.settings.js';
import { startConsumer } from './consumer.app.js';
import { ConsumerHandlersModule } from './handlers/handlers.module.js';

async function main(): Promise<void> {
  const dotEnv = readDotEnv();
  const settings = loadConsumerSettings(process.env, dotEnv);
  const { LOG_LEVEL, OTEL_TRACES_EXPORTER, SHUTDOWN_TIMEOUT_MS, SLUICE_HANDLERS } = settings.environment;
  const endTracing = await startTracing(OTEL_TRACES_EXPORTER, 'cdc-consumer');
  const mask = secretMaskOf(process.env);
  const logger = createLogger({ name: 'cdc-consumer', level: LOG_LEVEL, mask });
  const shutdown = new GracefulShutdown(logger, SHUTDOWN_TIMEOUT_MS);
  const folders = SLUICE_HANDLERS?.map((folder) => ({ folder: resolve(folder) })) ?? [{}];
  // A faulty handler ends it here, with nothing open.
  const handlers = await Promise.all(folders.map((folder) => ConsumerHandlersModule.register(folder)));
  const { app } = await startConsumer({ settings, shutdown, handlers }, logger);
  shutdown.add({ name: 'end tracing', run: endTracing });
  shutdown.own(app);
}

await runMain(main);
