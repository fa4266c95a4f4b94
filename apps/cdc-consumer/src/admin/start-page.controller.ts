import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { startPage } from '@sluice/platform';

const PAGE = startPage('cdc-consumer', 'Brings the changes of MongoDB from RabbitMQ to the handlers, in order.', [
  { path: '/health/live', says: 'whether the process lives' },
  { path: '/health/ready', says: 'MongoDB, RabbitMQ and the group: whether it does its work' },
  { path: '/api/v1/groups', says: 'the group, its queues, counters and handlers' },
  { path: '/api', says: 'every endpoint, with a form to try it' },
  { path: '/api-json', says: 'the same as an OpenAPI document' },
]);

@ApiExcludeController()
@Controller()
export class StartPageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(): string {
    return PAGE;
  }
}
