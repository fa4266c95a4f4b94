import { Controller, Get, Optional } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { FileReloads, indicatorResult, linkReadiness, mongoReadiness, MongoLink, OpenToAll } from '@sluice/platform';
import { PublishConnection, ConsumeConnection } from '../connections/rabbit.connections.js';
import { FeedReadiness } from '../realtime/feed/feed.readiness.js';
import { GroupReadiness } from './group.readiness.js';

/** What an orchestrator asks: whether to restart the process, and whether it does its work. */
@ApiTags('health')
@OpenToAll()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly mongo: MongoLink,
    private readonly consuming: ConsumeConnection,
    private readonly publishing: PublishConnection,
    private readonly group: GroupReadiness,
    private readonly files: FileReloads,
    @Optional() private readonly feed?: FeedReadiness,
  ) {}

  /** Alive while it answers: a server that is away is no reason to restart. */
  @Get('live')
  @ApiOperation({ summary: 'The process answers' })
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether it can do its job, and what is in the way, by name' })
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    const { feed, files } = this;
    return this.health.check([
      async () => indicatorResult('mongodb', await mongoReadiness(this.mongo)),
      () => indicatorResult('rabbitmq', linkReadiness(this.consuming)),
      () => indicatorResult('deadLetters', linkReadiness(this.publishing)),
      () => indicatorResult('group', this.group.read()),
      ...(files.all.length === 0 ? [] : [() => indicatorResult('files', files.readiness)]),
      ...(feed === undefined ? [] : [() => indicatorResult('livePush', feed.read())]),
    ]);
  }
}
