import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { OpenToAll, startPage } from '@sluice/platform';

const PAGE = startPage('cdc-consumer', 'Brings the changes of MongoDB from RabbitMQ to the handlers, in order.', [
  { path: '/health/live', says: 'the process answers' },
  { path: '/health/ready', says: 'MongoDB, RabbitMQ and the group, with reasons' },
  { path: '/api/v1/groups', says: 'the group: state, queues, dead letters, counters, handlers' },
  { path: '/api/v1/config', says: 'the settings as they count, without secrets' },
  { path: '/metrics', says: 'the same figures for Prometheus' },
  { path: '/api/v1/dead-letters', says: 'events that failed for good: look, replay, discard' },
  { path: '/api', says: 'the admin HTTP, described' },
  { path: '/api-json', says: 'the same as an OpenAPI document' },
  { path: '/asyncapi', says: 'the messages, as an AsyncAPI document' },
]);

@OpenToAll()
@ApiExcludeController()
@Controller()
export class StartPageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(): string {
    return PAGE;
  }
}
