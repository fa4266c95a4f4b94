import { Injectable } from '@nestjs/common';
import { MetricFamily, MetricRegistry } from '@sluice/observability';
import { StreamsService, type MeasuredStream } from '../streams/streams.service.js';

const LABELS = ['operation', 'namespace_class'] as const;

/** The streams' figures for Prometheus, read from their status, so that both say the same. */
@Injectable()
export class StreamMetrics {
  constructor(registry: MetricRegistry, streams: StreamsService) {
    const family = new MetricFamily<MeasuredStream>(
      ['stream'],
      ({ status }) => ({ stream: status.name }),
      () => streams.measured(),
    );
    registry.add(addTroubles(addEvents(addStanding(family))));
  }
}

type Family = MetricFamily<MeasuredStream>;

/** Where a stream stands. */
function addStanding(family: Family): Family {
  return family
    .gauges(
      'sluice_stream_state',
      '1 for the state that it is in, as `GET /api/v1/streams` has it',
      ['state'],
      (of) => [{ state: of.status.state, value: 1 }],
    )
    .gauge('sluice_stream_held', '1 on the producer that holds it', ({ isHeld }) => Number(isHeld))
    .gauge(
      'sluice_stream_lag_seconds',
      'How far what the broker has taken is behind the source, by the last reply without news or the last event; of a stream that nobody holds, by its saved position; absent until known',
      ({ status }) => status.lagSeconds,
    )
    .gauge(
      'sluice_stream_oplog_headroom_seconds',
      'Seconds of cluster time between the oldest oplog entry and the saved position; absent where not known',
      ({ status }) => status.oplogHeadroomSeconds,
    )
    .gauge('sluice_stream_checkpoint_age_seconds', 'Since the position was saved', ({ status }) =>
      status.position.savedAt === null ? null : Math.max(0, Date.now() - Date.parse(status.position.savedAt)) / 1_000,
    )
    .gauge('sluice_stream_in_flight_events', 'Unconfirmed events', ({ status }) => status.inFlight.events)
    .gauge('sluice_stream_in_flight_bytes', 'Bytes of the events in the window', ({ status }) => status.inFlight.bytes)
    .gauge('sluice_stream_parked_events', 'Put aside until a queue takes them', ({ status }) => status.parked);
}

/** How far events come. */
function addEvents(family: Family): Family {
  return family
    .counters('sluice_stream_captured_total', 'Changes read from the change stream', LABELS, (of) =>
      byTally(of, ({ captured }) => captured),
    )
    .counters('sluice_stream_published_total', 'Messages handed to the broker, each time anew', LABELS, (of) =>
      byTally(of, ({ published }) => published),
    )
    .counters('sluice_stream_confirmed_total', 'Events that the broker has confirmed', LABELS, (of) =>
      byTally(of, ({ confirmed }) => confirmed),
    )
    .counters('sluice_stream_returned_total', 'Came back from the broker: no queue took them', LABELS, (of) =>
      byTally(of, ({ returned }) => returned),
    )
    .counter('sluice_stream_captured_bytes_total', 'Bytes of the changes as MongoDB sent them', ({ status }) => {
      return status.counters.capturedBytes;
    })
    .counter('sluice_stream_published_bytes_total', 'Bytes of the bodies handed to the broker', ({ status }) => {
      return status.counters.publishedBytes;
    });
}

/** What went otherwise than straight through. */
function addTroubles(family: Family): Family {
  return family
    .counter('sluice_stream_skipped_total', 'Events that no group asks for', ({ status }) => status.counters.skipped)
    .counter('sluice_stream_resent_total', 'Events sent again after a failure', ({ status }) => status.counters.resent)
    .counter('sluice_stream_reopened_total', 'Times that reading failed and began again', ({ status }) => {
      return status.counters.reopened;
    })
    .counter('sluice_stream_gaps_total', 'Times that changes were lost, and told by a gap event', ({ status }) => {
      return status.counters.gaps;
    })
    .counter('sluice_stream_claimed_total', 'Published with their large part stored apart', ({ status }) => {
      return status.counters.claimed;
    })
    .counter('sluice_stream_omitted_total', 'Published without their large part', ({ status }) => {
      return status.counters.omitted;
    })
    .counter('sluice_stream_takeovers_total', 'Times that this producer took the stream', ({ status }) => {
      return status.counters.takeovers;
    })
    .counter('sluice_stream_pauses_total', 'Times that it was paused', ({ status }) => status.counters.pauses);
}

type EventTally = MeasuredStream['tallies'][number];

function byTally({ tallies }: MeasuredStream, read: (tally: EventTally) => number) {
  return tallies.map((tally) => ({
    operation: tally.operation,
    namespace_class: tally.namespaceClass,
    value: read(tally),
  }));
}
