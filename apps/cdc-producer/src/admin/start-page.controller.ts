import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { OpenToAll, startPage } from '@sluice/platform';

@OpenToAll()
@ApiExcludeController()
@Controller()
export class StartPageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(): string {
    return startPage('cdc-producer', 'Follows MongoDB change streams and publishes every change to RabbitMQ.', [
      { path: '/health/live', says: 'the process answers' },
      { path: '/health/ready', says: 'MongoDB, RabbitMQ and each stream, with reasons' },
      { path: '/api/v1/streams', says: 'streams: state, position, counters, last error' },
      { path: '/api/v1/config', says: 'the settings as they count, without secrets' },
      { path: '/metrics', says: 'the same figures for Prometheus' },
      { path: '/api', says: 'the admin HTTP, described' },
      { path: '/api-json', says: 'the same as an OpenAPI document' },
      { path: '/asyncapi', says: 'the messages, as an AsyncAPI document' },
    ]);
  }
}
