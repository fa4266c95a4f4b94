import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import type { StreamStatus } from '@sluice/contracts';
import { ConfirmedRmqClient } from '@sluice/messaging';
import {
  FileReloads,
  GracefulShutdown,
  indicatorResult,
  linkReadiness,
  mongoReadiness,
  MongoLink,
  OpenToAll,
  type Readiness,
} from '@sluice/platform';
import { ProducerSettings } from '../config/producer.settings.js';
import { AbsenceWatch } from '../group/absence.watch.js';
import { ProducerIdentity } from '../lease/producer.identity.js';
import { streamWarnings } from '../streams/stream-warnings.policy.js';
import { StreamsService } from '../streams/streams.service.js';

/** Live: the process turns. Ready: it can do its job, and what is missing by name. */
@ApiTags('health')
@OpenToAll()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly link: MongoLink,
    private readonly client: ConfirmedRmqClient,
    private readonly streams: StreamsService,
    private readonly identity: ProducerIdentity,
    private readonly shutdown: GracefulShutdown,
    private readonly settings: ProducerSettings,
    private readonly absence: AbsenceWatch,
    private readonly files: FileReloads,
  ) {}

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
    return this.health.check([
      async () => indicatorResult('mongodb', await mongoReadiness(this.link)),
      () => indicatorResult('rabbitmq', linkReadiness(this.client.connection)),
      () => indicatorResult('groups', this.absence.readiness),
      ...(this.files.all.length === 0 ? [] : [() => indicatorResult('files', this.files.readiness)]),
      ...this.streams
        .list()
        .map((status) => () => indicatorResult(`stream.${status.name}`, this.streamReadiness(status))),
    ]);
  }

  /** Also not ready while a stream is far behind or about to lose its place in the oplog: `reason` says so, the state stays. */
  private streamReadiness(status: StreamStatus): Readiness {
    const { name, state, since, reason, holder } = status;
    // A producer that stands by is ready: otherwise a rolling deployment would wait for ever for its second replica.
    const standsBy = state === 'waiting' && holder !== null && holder !== this.identity.id;
    const settings = this.settings.streams.find((stream) => stream.name === name);
    const isSafe = settings === undefined || streamWarnings(status, settings).length === 0;
    const isWell = standsBy || ((state === 'running' || state === 'paused') && isSafe); // the holder tells its headroom
    const ready = isWell && !this.shutdown.isShuttingDown;
    return { ready, state, since: new Date(since), ...(reason === undefined ? {} : { reason }) };
  }
}
