import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ClientsModule } from '@nestjs/microservices';
import { TerminusModule } from '@nestjs/terminus';
import { ConfirmedRmqClient, RabbitConnection } from '@sluice/messaging';
import { MetricRegistry } from '@sluice/observability';
import {
  AccessModule,
  AccessSettings,
  EffectiveConfigModule,
  GracefulShutdown,
  MetricsController,
  MongoLink,
  MongoLinkModule,
  MongoLinkOptions,
  FileReloads,
  ProcessMetrics,
  rabbitServer,
} from '@sluice/platform';
import { PositionController } from './admin/position.controller.js';
import { StartPageController } from './admin/start-page.controller.js';
import { StreamsController } from './admin/streams.controller.js';
import { OplogWatch } from './change-stream/oplog.watch.js';
import { CheckpointStore } from './checkpoint/checkpoint.js';
import { MongoCheckpointStore } from './checkpoint/mongo-checkpoint.store.js';
import { ClaimSweeper } from './claim-check/claim.sweeper.js';
import { ClaimedBodies } from './claim-check/claimed-bodies.js';
import { MongoClaimedBodies } from './claim-check/mongo-claimed.bodies.js';
import { effectiveConfigOf } from './config/effective-config.mapper.js';
import { ProducerSettings } from './config/producer.settings.js';
import { AbsenceWatch } from './group/absence.watch.js';
import { GroupDirectory } from './group/group.directory.js';
import { HandledCensus } from './group/handled.census.js';
import { MongoGroupDirectory } from './group/mongo-group.directory.js';
import { MongoHandledCensus } from './group/mongo-handled.census.js';
import { QueueWatch } from './group/queue.watch.js';
import { HealthController } from './health/health.controller.js';
import { LeaseStore } from './lease/lease.js';
import { LeaseTaker } from './lease/lease.taker.js';
import { MemberStore } from './lease/member.js';
import { Membership } from './lease/membership.js';
import { MongoLeaseStore } from './lease/mongo-lease.store.js';
import { MongoMemberStore } from './lease/mongo-member.store.js';
import { ProducerIdentity } from './lease/producer.identity.js';
import { StreamMetrics } from './metrics/stream.metrics.js';
import { MongoParkedEventStore } from './publish/mongo-parked-event.store.js';
import { ParkedEventStore } from './publish/parked-event.js';
import { MongoPositionProbe } from './position/mongo-position.probe.js';
import { PositionForecaster } from './position/position.forecast.js';
import { PositionProbe } from './position/position.probe.js';
import { PositionService } from './position/position.service.js';
import { PublishGate } from './publish/publish.gate.js';
import { RabbitPublishGate } from './publish/rabbit-publish.gate.js';
import { MongoSettlementStore } from './group/mongo-settlement.store.js';
import { SettlementStore } from './group/settlement.store.js';
import { RelayFactory } from './relay/relay.factory.js';
import { ControlWatch } from './streams/control.watch.js';
import { MongoControlStore } from './streams/mongo-control.store.js';
import { ControlStore } from './streams/stream-control.js';
import { EXIT_APP, StreamsService, type ExitApp } from './streams/streams.service.js';

/** Name under which Nest's `ClientsModule` keeps the client that publishes. */
const EVENTS_CLIENT = 'EVENTS_CLIENT';

const METRICS: Provider[] = [
  MetricRegistry,
  StreamMetrics,
  {
    provide: ProcessMetrics,
    inject: [MetricRegistry, MongoLink, ConfirmedRmqClient, FileReloads],
    useFactory: (
      registry: MetricRegistry,
      mongodb: MongoLink,
      { connection: rabbitmq }: ConfirmedRmqClient,
      files: FileReloads,
    ) => new ProcessMetrics(registry, { mongodb, rabbitmq }, files),
  },
];

/** What main hands to the app. */
export interface AppParts {
  readonly settings: ProducerSettings;
  readonly shutdown: GracefulShutdown;
  readonly exitApp: ExitApp;
}

@Module({})
export class AppModule {
  static with({ settings, shutdown, exitApp }: AppParts): DynamicModule {
    const { environment } = settings;
    const connection = new RabbitConnection({ ...rabbitServer(environment), name: 'cdc-producer' });
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot({
          isGlobal: true,
          ignoreEnvFile: true,
          load: [() => ({ ...environment, streams: settings.streams })],
        }),
        AccessModule.forRoot(new AccessSettings(environment)),
        EffectiveConfigModule.forRoot(effectiveConfigOf(settings)),
        MongoLinkModule.forRoot(MongoLinkOptions.of(environment, 'cdc-producer')),
        ClientsModule.register([
          {
            name: EVENTS_CLIENT,
            customClass: ConfirmedRmqClient,
            options: { connection, exchange: environment.SLUICE_EXCHANGE },
          },
        ]),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [StreamsController, PositionController, HealthController, MetricsController, StartPageController],
      providers: [
        { provide: ProducerSettings, useValue: settings },
        { provide: GracefulShutdown, useValue: shutdown },
        { provide: ConfirmedRmqClient, useExisting: EVENTS_CLIENT },
        { provide: EXIT_APP, useValue: exitApp },
        { provide: CheckpointStore, useClass: MongoCheckpointStore },
        { provide: ParkedEventStore, useClass: MongoParkedEventStore },
        { provide: SettlementStore, useClass: MongoSettlementStore },
        { provide: LeaseStore, useClass: MongoLeaseStore },
        { provide: MemberStore, useClass: MongoMemberStore },
        ProducerIdentity,
        Membership,
        LeaseTaker,
        { provide: GroupDirectory, useClass: MongoGroupDirectory },
        QueueWatch,
        AbsenceWatch,
        OplogWatch,
        ...METRICS,
        { provide: PublishGate, useClass: RabbitPublishGate },
        { provide: ClaimedBodies, useClass: MongoClaimedBodies },
        ClaimSweeper,
        RelayFactory,
        { provide: ControlStore, useClass: MongoControlStore },
        ControlWatch,
        { provide: PositionProbe, useClass: MongoPositionProbe },
        { provide: HandledCensus, useClass: MongoHandledCensus },
        PositionForecaster,
        PositionService,
        StreamsService,
      ],
    };
  }
}
