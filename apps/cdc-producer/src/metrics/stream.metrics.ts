import { Injectable } from '@nestjs/common';
import type { StreamStatus } from '@sluice/contracts';
import { Counter, Gauge, Registry } from 'prom-client';
import { StreamsService } from '../streams/streams.service.js';

/** Puts one stream's figures into its metrics. */
type Write = (status: StreamStatus) => void;

/**
 * The streams' figures for Prometheus, read from their status at each scrape, so that both say the same. A figure that is
 * not known has no sample: a zero would be taken for one.
 */
@Injectable()
export class StreamMetrics {
  private readonly registry = new Registry();
  private readonly writes: Write[] = [];

  constructor(private readonly streams: StreamsService) {
    this.gauge(
      'sluice_stream_oplog_headroom_seconds',
      'Seconds of cluster time between the oldest oplog entry and the saved position',
      ({ oplogHeadroomSeconds }) => oplogHeadroomSeconds,
    );
    this.gauge('sluice_stream_in_flight_events', 'Unconfirmed events', ({ inFlight }) => inFlight.events);
    this.gauge('sluice_stream_in_flight_bytes', 'Bytes of the events in the window', ({ inFlight }) => inFlight.bytes);
    this.gauge('sluice_stream_parked_events', 'Events put aside until a queue takes them', ({ parked }) => parked);
    this.count('captured', 'Changes read from the change stream');
    this.count('returned', 'Events that came back from the broker: no queue took them');
    this.count('skipped', 'Events that no group asks for');
    this.count('resent', 'Events sent again after a failure');
    this.count('gaps', 'Times that changes were lost, and told by a gap event');
    this.countPublished();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Prometheus' text format. */
  text(): Promise<string> {
    this.registry.resetMetrics(); // a stream that is gone leaves no sample
    for (const status of this.streams.list()) for (const write of this.writes) write(status);
    return this.registry.metrics();
  }

  private gauge(name: string, help: string, read: (status: StreamStatus) => number | null): void {
    const gauge = new Gauge({ name, help, labelNames: ['stream'], registers: [this.registry] });
    this.writes.push((status) => {
      const value = read(status);
      if (value !== null) gauge.set({ stream: status.name }, value);
    });
  }

  /** Counts since this process began, as the status has them. */
  private count(counter: 'captured' | 'returned' | 'skipped' | 'resent' | 'gaps', help: string): void {
    const name = `sluice_stream_${counter}_total`;
    const metric = new Counter({ name, help, labelNames: ['stream'], registers: [this.registry] });
    this.writes.push(({ name: stream, counters }) => metric.inc({ stream }, counters[counter]));
  }

  private countPublished(): void {
    const metric = new Counter({
      name: 'sluice_stream_published_total',
      help: 'Events confirmed by the broker',
      labelNames: ['stream', 'operation'],
      registers: [this.registry],
    });
    this.writes.push(({ name: stream, counters }) => {
      for (const [operation, events] of Object.entries(counters.publishedByOperation)) {
        metric.inc({ stream, operation }, events);
      }
    });
  }
}
