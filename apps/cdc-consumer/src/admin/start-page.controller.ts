import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { REALTIME_PATHS } from '@sluice/contracts';
import { OpenToAll, startPage, type StartPageLink } from '@sluice/platform';
import { ConsumerSettings } from '../config/consumer.settings.js';

const TITLE = 'cdc-consumer';
const SAYS = 'Brings the changes of MongoDB from RabbitMQ to the handlers, in order.';
const LINKS: readonly StartPageLink[] = [
  { path: '/health/live', says: 'the process answers' },
  { path: '/health/ready', says: 'MongoDB, RabbitMQ and the group, with reasons' },
  { path: '/api/v1/groups', says: 'the group: state, queues, dead letters, counters, handlers' },
  { path: '/api/v1/config', says: 'the settings as they count, without secrets' },
  { path: '/metrics', says: 'the same figures for Prometheus' },
  { path: '/api/v1/dead-letters', says: 'events that failed for good: look, replay, discard' },
  { path: '/api', says: 'the admin HTTP, described' },
  { path: '/api-json', says: 'the same as an OpenAPI document' },
  { path: '/asyncapi', says: 'the messages, as an AsyncAPI document' },
];
const LIVE_PUSH: StartPageLink = { path: REALTIME_PATHS.demo, says: 'live push: changes as they happen, to look at' };

@OpenToAll()
@ApiExcludeController()
@Controller()
export class StartPageController {
  private readonly html: string;

  constructor({ environment }: ConsumerSettings) {
    this.html = startPage(TITLE, SAYS, environment.REALTIME === 'on' ? [...LINKS, LIVE_PUSH] : LINKS);
  }

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(): string {
    return this.html;
  }
}
