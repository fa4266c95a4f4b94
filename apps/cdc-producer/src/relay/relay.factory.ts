import { Injectable, Logger } from '@nestjs/common';
import { ConfirmedRmqClient } from '@sluice/messaging';
import { MongoLink } from '@sluice/platform';
import { ChangeStreamSource } from '../change-stream/change-stream.source.js';
import { OplogReader } from '../change-stream/oplog.reader.js';
import { CheckpointStore } from '../checkpoint/checkpoint.js';
import { CheckpointWriter, type CheckpointMark } from '../checkpoint/checkpoint.writer.js';
import { resumePlan, type ResumePlan } from '../checkpoint/resume.plan.js';
import { ProducerSettings } from '../config/producer.settings.js';
import { ClaimKeeper, renewEveryMs } from '../claim-check/claim.keeper.js';
import { ClaimedBodies } from '../claim-check/claimed-bodies.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import { streamPipeline } from '../filter/stream.pipeline.js';
import { GroupDirectory } from '../group/group.directory.js';
import { onRoutingNews } from '../group/routing.news.js';
import { SettlementStore } from '../group/settlement.store.js';
import { SettlementWitness } from '../group/settlement.witness.js';
import type { HeldLease } from '../lease/held.lease.js';
import { LeasedPublishGate } from '../lease/leased-publish.gate.js';
import type { ChangeMessage } from '../publish/change-message.js';
import { EventParking, type ParkingListener } from '../publish/event.parking.js';
import { ParkedEventStore } from '../publish/parked-event.js';
import { PublishGate } from '../publish/publish.gate.js';
import { StreamPublisher, type PublisherListener } from '../publish/stream.publisher.js';
import { isNobodys } from '../publish/unroutable.policy.js';
import type { StreamStatusRecord } from '../streams/stream.status.js';
import { ChangeMessageMapper } from './change-message.mapper.js';
import { runAndDrain } from './drain.js';
import { EventTracer } from './event.tracer.js';
import { LostHistory } from './lost-history.js';
import { MessageFitter } from './message.fitter.js';
import { StreamRelay } from './stream.relay.js';

/** A relay that has been put together for one taking of its stream. */
export interface RunningRelay {
  readonly plan: ResumePlan;
  readonly epoch: number;
  /** Runs until the signal fires, then settles what is in flight and saves; ends at once where the lease is lost. */
  run(signal: AbortSignal): Promise<void>;
}

/** Puts a stream's parts together: source → envelope → publisher → checkpoint. */
@Injectable()
export class RelayFactory {
  private readonly logger = new Logger('change stream');
  private readonly tracer: EventTracer | undefined;

  constructor(
    private readonly settings: ProducerSettings,
    private readonly link: MongoLink,
    private readonly client: ConfirmedRmqClient,
    private readonly groups: GroupDirectory,
    private readonly gate: PublishGate,
    private readonly store: CheckpointStore,
    private readonly claims: ClaimedBodies,
    private readonly parked: ParkedEventStore,
    private readonly settlements: SettlementStore,
  ) {
    this.tracer = settings.environment.OTEL_TRACES_EXPORTER === 'none' ? undefined : new EventTracer();
  }

  open(stream: StreamSettings, lease: HeldLease, status: StreamStatusRecord): RunningRelay {
    const { taken } = lease;
    const { counters } = status;
    const { SLUICE_STATE_DB, SLUICE_EXCHANGE, SHUTDOWN_TIMEOUT_MS } = this.settings.environment;
    const pipeline = streamPipeline(stream, SLUICE_STATE_DB);
    const plan = resumePlan(taken, pipeline.hash, stream);
    const writer = this.writerOf(stream, taken.epoch, plan, pipeline.hash, status, (sequence) =>
      publisher.savedUpTo(sequence),
    );
    const gate = new LeasedPublishGate(this.gate, lease);
    const parking = this.parkingOf(stream, taken.epoch, plan, gate, {
      ...toldTo(status),
      released: () => publisher.flush(),
      failed: (reason) => publisher.parkingFailed(reason),
    });
    const publisher: StreamPublisher<CheckpointMark> = new StreamPublisher(
      this.client,
      this.groups,
      gate,
      parking,
      stream,
      SLUICE_EXCHANGE,
      {
        ...countedBy(status, this.tracer),
        watermark: (watermark) => {
          writer.note(watermark);
          status.lag.reached(watermark.mark);
          parking.reach(watermark.mark);
        },
        standing: (standing) => status.setStanding(standing),
      },
    );
    status.taken(taken, () => publisher.inFlight);
    const mapper = new ChangeMessageMapper(stream, SLUICE_EXCHANGE, taken.epoch);
    const relay = new StreamRelay({
      source: this.sourceOf(stream, pipeline, status),
      mapper,
      fitter: this.fitterOf(stream, mapper, status),
      publisher,
      writer,
      plan,
      history: new LostHistory(stream, new OplogReader(() => this.link.connection.getClient(), stream.readPreference)),
      tracer: this.tracer,
      heard: (operationTime, arrivedAtMs) => status.lag.heard(operationTime, arrivedAtMs),
      captured: ({ pattern }, { bson }) => counters.captured(pattern, bson.length),
      crossed: () => counters.count('gaps'),
      ready: () => status.move('running'),
    });
    const witnessed = { name: stream.name, epoch: taken.epoch };
    const witness = new SettlementWitness(witnessed, this.groups, publisher, this.settlements);
    const parts = { relay, publisher, parking, writer, keeper: this.keeperOf(publisher) };
    return {
      plan,
      epoch: taken.epoch,
      run: async (stop) => {
        const end = witness.start();
        await runAndDrain(parts, { stop, lost: lease.lost }, SHUTDOWN_TIMEOUT_MS / 2).finally(end);
      },
    };
  }

  private keeperOf(publisher: StreamPublisher<CheckpointMark>): ClaimKeeper {
    const everyMs = renewEveryMs(this.settings.environment.CLAIM_RETENTION_HOURS);
    return new ClaimKeeper(this.claims, everyMs, () => publisher.waiting);
  }

  private parkingOf(
    stream: StreamSettings,
    epoch: number,
    plan: ResumePlan,
    gate: PublishGate,
    listener: ParkingListener,
  ): EventParking {
    const parts = {
      stream: stream.name,
      epoch,
      from: reopening(plan),
      store: this.parked,
      deliver: (message: ChangeMessage) => this.client.deliver(message),
      renew: (claims: readonly string[]) => this.claims.renew(claims),
      isNobodys: ({ pattern }: ChangeMessage) => isNobodys(pattern, this.groups.groups),
      mayRun: () => gate.closedBecause() === undefined,
      onNews: (news: () => void) => this.onNews(gate, news),
    };
    return new EventParking(parts, listener);
  }

  /** Publishing may go on, or a group's queues and patterns have changed. */
  private onNews(gate: PublishGate, news: () => void): () => void {
    let wasClosed = gate.closedBecause() !== undefined;
    const stops = [
      onRoutingNews(this.groups, news),
      gate.onChange(() => {
        const isClosed = gate.closedBecause() !== undefined;
        if (wasClosed && !isClosed) news();
        wasClosed = isClosed;
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  private fitterOf(stream: StreamSettings, mapper: ChangeMessageMapper, status: StreamStatusRecord): MessageFitter {
    return new MessageFitter(stream, mapper, this.claims, {
      fitted: (how) => status.counters.count(how),
      storing: (reason, attempt, event) => {
        if (attempt === 1) this.logger.warn({ msg: reason, ...event });
        status.setReading(reason);
      },
    });
  }

  private sourceOf(
    stream: StreamSettings,
    pipeline: ReturnType<typeof streamPipeline>,
    status: StreamStatusRecord,
  ): ChangeStreamSource {
    return new ChangeStreamSource(() => this.link.connection.getClient(), stream, pipeline, {
      opened: () => status.setReading(undefined),
      slimmed: () => status.counters.count('omitted'),
      reopening: (error, attempt) => {
        if (attempt === 1) this.logger.warn(`stream "${stream.name}": reading failed, trying again: ${error.message}`);
        status.counters.count('reopened');
        status.failedWith(error);
        status.setReading(`reading failed, attempt ${attempt}: ${error.message}`);
      },
    });
  }

  private writerOf(
    stream: StreamSettings,
    epoch: number,
    { generation }: ResumePlan,
    pipelineHash: string,
    status: StreamStatusRecord,
    onSaved: (sequence: number) => void,
  ): CheckpointWriter {
    const { name, windowSize, idleCheckpointMs } = stream;
    const settings = { stream: name, epoch, generation, pipelineHash, windowSize, idleCheckpointMs };
    return new CheckpointWriter(this.store, settings, (sequence, checkpoint, serial) => {
      status.saved({ epoch, serial, checkpoint, savedAt: new Date() });
      onSaved(sequence);
    });
  }
}

/** What of the events is counted, and traced where tracing is on. */
function countedBy(
  { counters }: StreamStatusRecord,
  tracer: EventTracer | undefined,
): Pick<PublisherListener<unknown>, 'published' | 'confirmed' | 'returned' | 'skipped' | 'resent'> {
  return {
    published: (message) => counters.published(message),
    confirmed: (message) => {
      counters.confirmed(message.pattern);
      tracer?.confirmed(message);
    },
    returned: (message) => {
      counters.returned(message.pattern);
      tracer?.returned(message);
    },
    skipped: () => counters.count('skipped'),
    resent: (messages) => counters.count('resent', messages),
  };
}

/** What of the parked events is counted. */
function toldTo(status: StreamStatusRecord): Pick<ParkingListener, 'parked' | 'skipped' | 'published'> {
  return {
    parked: (events) => status.setParked(events),
    skipped: () => status.counters.count('skipped'),
    published: ({ pattern }) => status.counters.confirmed(pattern),
  };
}

/** Where a saved position has reading go on; another start is known by its first mark. */
function reopening({ why, last, readUpTo }: ResumePlan): CheckpointMark | undefined {
  return why === 'saved position' ? { last, readTo: () => ({ token: null, time: readUpTo }) } : undefined;
}
