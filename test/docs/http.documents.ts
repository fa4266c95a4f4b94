import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { DynamicModule } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createLogger } from '@sluice/observability';
import { describeHttp, GracefulShutdown, type AppTitle } from '@sluice/platform';
import { HTTP_TITLE as CONSUMER_TITLE } from '../../apps/cdc-consumer/src/admin/http.title.js';
import { AppModule as ConsumerModule } from '../../apps/cdc-consumer/src/app.module.js';
import { ConsumerSettings, consumerEnvironmentSchema } from '../../apps/cdc-consumer/src/config/consumer.settings.js';
import { HTTP_TITLE as PRODUCER_TITLE } from '../../apps/cdc-producer/src/admin/http.title.js';
import { AppModule as ProducerModule } from '../../apps/cdc-producer/src/app.module.js';
import { producerEnvironmentSchema, ProducerSettings } from '../../apps/cdc-producer/src/config/producer.settings.js';

/** Of servers that nobody connects to. */
const SERVERS = { MONGODB_URI: 'mongodb://nobody.invalid/', RABBITMQ_URI: 'amqp://nobody.invalid/' };

const shutdown = new GracefulShutdown(createLogger({ name: 'docs', level: 'silent' }), 1_000);

/** What cdc-producer serves at /api-json. */
export function producerDocument(): Promise<OpenAPIObject> {
  const settings = new ProducerSettings(producerEnvironmentSchema.parse(SERVERS), []);
  return documentOf(ProducerModule.with({ settings, shutdown, exitApp: () => undefined }), PRODUCER_TITLE);
}

/** What cdc-consumer serves at /api-json. */
export function consumerDocument(): Promise<OpenAPIObject> {
  const settings = new ConsumerSettings(consumerEnvironmentSchema.parse({ ...SERVERS, REALTIME: 'on' }));
  return documentOf(ConsumerModule.with({ settings, shutdown, handlers: [] }), CONSUMER_TITLE);
}

/** The module is looked through, and none of its classes is made: https://docs.nestjs.com/devtools/overview (preview mode). */
async function documentOf(module: DynamicModule, title: AppTitle): Promise<OpenAPIObject> {
  const app = await NestFactory.create(module, { preview: true, abortOnError: false, logger: false });
  return describeHttp(app, title);
}
