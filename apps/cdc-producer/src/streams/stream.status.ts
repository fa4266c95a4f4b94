import { positionKey, type StreamState, type StreamStatus } from '@sluice/contracts';
import type { Timestamp } from 'mongodb';
import { scopeName, type StreamSettings } from '../config/streams-file.schema.js';
import type { TakenStream } from '../checkpoint/checkpoint.js';
import { isOlder, NOTHING_SAVED, type SavedPosition } from '../checkpoint/saved-position.js';
import type { LeaseTerms } from '../lease/lease.js';
import { timeOf, timeText } from '../position/position.plan.js';
import type { Standing } from '../publish/stream.publisher.js';
import { LagMeter } from './lag.meter.js';
import { behindSeconds, headroomSeconds } from './oplog-headroom.plan.js';
import { streamWarnings } from './stream-warnings.policy.js';
import { StreamCounters } from './stream.counters.js';

/** What is known of the source, whether or not the stream is being read. */
export interface SourceView {
  /** The cluster time of the oplog's oldest entry, where that is known. */
  oldest(): Timestamp | null;
  /** The cluster time now, where that is known. */
  nowSeconds(): number | null;
}

interface CodedError extends Error {
  readonly code?: unknown;
}

/** Where one stream stands, as an operator sees it; its parts tell it, and the admin HTTP and readiness read it. */
export class StreamStatusRecord {
  private base: StreamState = 'starting';
  private baseReason: string | undefined;
  private reading: string | undefined;
  private standing: Standing | undefined;
  private sinceDate = new Date();
  private shown = '';
  private lastError: StreamStatus['lastError'] = null;
  private position = NOTHING_SAVED;
  private terms: () => LeaseTerms | undefined = () => undefined;
  readonly counters: StreamCounters;
  readonly lag = new LagMeter();
  private parked = 0;
  private inFlight: () => StreamStatus['inFlight'] = () => ({ events: 0, bytes: 0 });

  constructor(
    private readonly stream: StreamSettings,
    private readonly source: SourceView,
  ) {
    this.counters = new StreamCounters(stream);
  }

  get state(): StreamState {
    if (this.base !== 'running' && this.base !== 'starting') return this.base;
    if (this.reading !== undefined) return 'reconnecting';
    if (this.base === 'starting') return this.standing?.state === 'held' ? 'held' : 'starting';
    return this.standing?.state ?? 'running';
  }

  get reason(): string | undefined {
    const reasons = [this.ownReason, this.parkedNotice, ...this.warnings].filter((reason) => reason !== undefined);
    return reasons.length === 0 ? undefined : reasons.map((reason) => reason.replace(/\.$/, '')).join('; ');
  }

  private get ownReason(): string | undefined {
    if (this.base === 'paused' || this.base === 'stopped' || this.base === 'failed') return this.baseReason;
    return this.baseReason ?? this.reading ?? this.standing?.reason;
  }

  private get parkedNotice(): string | undefined {
    if (this.parked === 0) return undefined;
    if (this.parked === 1) return 'one event is parked, because no queue takes it; it goes out as soon as one does';
    return `${this.parked} events are parked, because no queue takes them; they go out as soon as one does`;
  }

  get since(): Date {
    return this.sinceDate;
  }

  /** What the stream is meant to do. */
  move(state: 'starting' | 'waiting' | 'running' | 'paused' | 'failed' | 'stopped', reason?: string): void {
    if (state === 'paused' && this.base !== 'paused') this.counters.count('pauses');
    if (state === 'waiting') this.lag.forget(); // its holder tells it, and where there is none the saved position does
    this.base = state;
    this.baseReason = reason;
    if (state !== 'running' && state !== 'starting') this.reading = this.standing = undefined;
    this.stamp();
  }

  /** Who holds the stream, as far as this producer knows. */
  leased(terms: () => LeaseTerms | undefined): void {
    this.terms = terms;
  }

  /** Reading failed and is tried again; undefined when it is open. */
  setReading(reason: string | undefined): void {
    this.reading = reason;
    this.stamp();
  }

  setStanding(standing: Standing | undefined): void {
    if (this.standing === standing) return;
    this.standing = standing;
    this.stamp();
  }

  taken({ epoch, checkpoint, savedAt }: TakenStream, inFlight: () => StreamStatus['inFlight']): void {
    this.counters.count('takeovers');
    this.position = { epoch, serial: 0, checkpoint, savedAt };
    this.inFlight = inFlight;
  }

  /** Saved by this producer, which holds the stream. */
  saved(position: SavedPosition): void {
    this.position = position;
  }

  /** Read of a stream that this producer does not hold; the answer may have been overtaken by what is known since. */
  found(position: SavedPosition): void {
    if (!isOlder(position, this.position)) this.position = position;
  }

  private get warnings(): string[] {
    const { state, lagSeconds, headroomSeconds: oplogHeadroomSeconds } = this;
    return streamWarnings({ state, oplogHeadroomSeconds, lagSeconds }, this.stream);
  }

  private get headroomSeconds(): number | null {
    return headroomSeconds(timeOf(this.position.checkpoint), this.source.oldest());
  }

  /** A stream that nobody reads is behind too, and its oplog goes on: only where another holds it, that one tells. */
  private get lagSeconds(): number | null {
    const known = this.lag.seconds;
    if (known !== null || this.base === 'stopped') return known;
    const isOwn = this.base === 'running' || this.base === 'starting';
    if (!isOwn && this.terms() !== undefined) return null;
    return behindSeconds(timeOf(this.position.checkpoint), this.source.nowSeconds());
  }

  setParked(events: number): void {
    this.parked = events;
  }

  failedWith(error: CodedError): void {
    const code = typeof error.code === 'string' || typeof error.code === 'number' ? String(error.code) : error.name;
    this.lastError = { code, message: error.message, at: new Date().toISOString() };
  }

  toDto(): StreamStatus {
    const { reason } = this;
    const terms = this.terms();
    return {
      name: this.stream.name,
      state: this.state,
      ...(reason === undefined ? {} : { reason }),
      since: this.sinceDate.toISOString(),
      scope: scopeName(this.stream.scope),
      epoch: this.position.epoch,
      holder: terms?.holder ?? null,
      leaseUntil: terms?.until.toISOString() ?? null,
      position: positionShown(this.position),
      counters: this.counters.toDto(),
      lagSeconds: this.lagSeconds,
      inFlight: this.inFlight(),
      parked: this.parked,
      oplogHeadroomSeconds: this.headroomSeconds,
      lastError: this.lastError,
    };
  }

  /** `since` is when the state, not its wording, last changed. */
  private stamp(): void {
    if (this.state === this.shown) return;
    this.shown = this.state;
    this.sinceDate = new Date();
  }
}

function positionShown({ checkpoint, savedAt }: SavedPosition): StreamStatus['position'] {
  const last = checkpoint?.last ?? null;
  return {
    last: last === null ? null : positionKey(last),
    clusterTime: timeText(last?.clusterTime ?? null),
    readTo: timeText(checkpoint?.readTo.time ?? null),
    savedAt: savedAt?.toISOString() ?? null,
  };
}
