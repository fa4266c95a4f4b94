import { Injectable, Logger } from '@nestjs/common';
import type { PositionAuditPage, PositionChangeResult, PositionTarget, StreamPosition } from '@sluice/contracts';
import type { StartPoint } from '../change-stream/start.plan.js';
import { CheckpointStore, type StoredPosition } from '../checkpoint/checkpoint.js';
import type { HistoryPage, Operator, PositionChange } from '../checkpoint/position-change.js';
import { ProducerSettings } from '../config/producer.settings.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import { streamPipeline } from '../filter/stream.pipeline.js';
import { holderInTheWay } from '../lease/lease.policy.js';
import { LeaseStore } from '../lease/lease.js';
import { ProducerIdentity } from '../lease/producer.identity.js';
import { askState } from '../streams/state-unavailable.error.js';
import { StreamNotFoundError } from '../streams/stream-not-found.error.js';
import { changedMeanwhile, ifMatchMissing, notPaused, refused, stillHeld } from './position.error.js';
import { PositionForecaster } from './position.forecast.js';
import { auditDto, etagOf, positionDto } from './position.mapper.js';
import { effectOf, positionPlan, startOf, timeOf, timeText, type PositionPlan } from './position.plan.js';
import { PositionProbe, type ProbeReport } from './position.probe.js';

/** How a change is asked for. */
export interface ChangeTerms {
  readonly isDryRun: boolean;
  /** The ETag of the position that is to be changed, or `*`; needed unless it is a dry run. */
  readonly ifMatch: string | undefined;
}

/** A position with the ETag that a change of it names. */
export interface Tagged<T> {
  readonly body: T;
  readonly etag: string;
}

/** A change as the server has been asked for it. */
interface PlannedChange {
  readonly start: StartPoint;
  readonly report: ProbeReport;
  readonly plan: PositionPlan;
}

/** What operators do with positions: look, set, delete, and look who did it. */
@Injectable()
export class PositionService {
  private readonly logger = new Logger('position');

  constructor(
    private readonly settings: ProducerSettings,
    private readonly store: CheckpointStore,
    private readonly leases: LeaseStore,
    private readonly identity: ProducerIdentity,
    private readonly prober: PositionProbe,
    private readonly forecaster: PositionForecaster,
  ) {}

  /** @throws StreamNotFoundError, StateUnavailableError */
  async read(name: string): Promise<Tagged<StreamPosition>> {
    const stream = this.stream(name);
    const stored = await askState(() => this.stored(name));
    return { body: positionDto(stored, this.hashOf(stream)), etag: etagOf(stored) };
  }

  /** @throws PositionError where it cannot be done now or at all; StreamNotFoundError, StateUnavailableError */
  set(name: string, to: PositionTarget, by: Operator, terms: ChangeTerms): Promise<Tagged<PositionChangeResult>> {
    const stream = this.stream(name);
    return askState(async () => {
      const { start, report, plan } = await this.planFor(stream, to);
      if (plan.refusal !== undefined && !terms.isDryRun) throw refused(name, plan.refusal);
      const request = typeof to === 'string' ? to : JSON.stringify(to);
      const change = { ...by, request, to: { readTo: plan.readTo, pipelineHash: this.hashOf(stream) } };
      return this.apply(stream, change, terms, { start, report, plan });
    });
  }

  /** The stream begins at its `startAt` then. @throws as `set`, but whatever the server says. */
  remove(name: string, by: Operator, terms: ChangeTerms): Promise<Tagged<PositionChangeResult>> {
    const stream = this.stream(name);
    return askState(async () => {
      const planned = await this.planFor(stream, stream.startAt);
      return this.apply(stream, { ...by, request: 'delete', to: null }, terms, planned);
    });
  }

  /** @throws StreamNotFoundError, StateUnavailableError */
  async history(name: string, page: HistoryPage): Promise<PositionAuditPage> {
    this.stream(name);
    const audits = await askState(() => this.store.history(name, page));
    const isFull = audits.length === page.limit;
    return { changes: audits.map(auditDto), nextBefore: isFull ? (audits.at(-1)?.number ?? null) : null };
  }

  private async planFor(stream: StreamSettings, to: PositionTarget): Promise<PlannedChange> {
    let start = startOf(to, null);
    let report = await this.prober.probe(stream, start);
    const exact = startOf(to, report.oldest);
    if (exact !== start) report = await this.prober.probe(stream, (start = exact));
    return { start, report, plan: positionPlan(start, report) };
  }

  private async apply(
    stream: StreamSettings,
    change: PositionChange,
    terms: ChangeTerms,
    { start, report, plan }: PlannedChange,
  ): Promise<Tagged<PositionChangeResult>> {
    const seen = await this.stored(stream.name);
    this.check(seen, terms);
    const after = terms.isDryRun ? afterwards(seen, change) : await this.write(seen, change);
    const body: PositionChangeResult = {
      isApplied: !terms.isDryRun,
      isAccepted: plan.refusal === undefined,
      serverSays: plan.refusal ?? report.says,
      oplogSince: timeText(report.oldest),
      ...(report.oplogSays === null ? {} : { oplogSays: report.oplogSays }),
      effect: effectOf(timeOf(seen.checkpoint), plan.time),
      ...(terms.isDryRun && plan.refusal === undefined
        ? { forecast: await this.forecaster.of({ stream, seen: seen.checkpoint, start, time: plan.time }) }
        : {}),
      position: positionDto(after, this.hashOf(stream)),
    };
    return { body, etag: etagOf(terms.isDryRun ? seen : after) };
  }

  private check(seen: StoredPosition, { isDryRun, ifMatch }: ChangeTerms): void {
    const etag = etagOf(seen);
    if (ifMatch === undefined && !isDryRun) throw ifMatchMissing(seen.stream, etag);
    const named = ifMatch?.split(',').map((tag) => unquoted(tag.trim())) ?? ['*'];
    if (!named.includes('*') && !named.includes(unquoted(etag))) throw changedMeanwhile(seen.stream, etag);
  }

  private async write(seen: StoredPosition, change: PositionChange): Promise<StoredPosition> {
    const { stream } = seen;
    const lease = await this.leases.look(stream);
    if (!lease.isPaused) throw notPaused(stream);
    const nobody = ''; // our own lease is in the way too
    const terms = holderInTheWay(lease, nobody, (mark) => this.identity.isGone(mark));
    if (terms !== undefined) throw stillHeld(stream, terms.holder, terms.until);
    const after = await this.store.change(seen, change);
    if (after === undefined) {
      const now = await this.stored(stream);
      throw now.isPaused ? changedMeanwhile(stream, etagOf(now)) : notPaused(stream);
    }
    this.logger.warn(`position of stream "${stream}" changed by ${change.by} to ${change.request}: ${change.reason}`);
    return after;
  }

  private async stored(name: string): Promise<StoredPosition> {
    const stored = await this.store.read(name);
    if (stored !== undefined) return stored;
    await this.leases.look(name); // makes its document
    return (await this.store.read(name)) ?? Promise.reject(new Error(`stream "${name}" has no document`));
  }

  private hashOf(stream: StreamSettings): string {
    return streamPipeline(stream, this.settings.environment.SLUICE_STATE_DB).hash;
  }

  private stream(name: string): StreamSettings {
    const { streams } = this.settings;
    const stream = streams.find((each) => each.name === name);
    if (stream !== undefined) return stream;
    throw new StreamNotFoundError(
      name,
      streams.map((each) => each.name),
    );
  }
}

/** A shell takes the quotes off easily, and there is nothing else that the rest could name. */
function unquoted(tag: string): string {
  return tag.replace(/^"(.*)"$/, '$1');
}

function afterwards(seen: StoredPosition, { to }: PositionChange): StoredPosition {
  const { epoch, generation } = seen;
  const checkpoint = to === null ? null : { last: null, readTo: to.readTo };
  const pipelineHash = to?.pipelineHash ?? null;
  return { ...seen, epoch: epoch + 1, generation: generation + 1, serial: 0, checkpoint, pipelineHash };
}
