import { Injectable } from '@nestjs/common';
import { MetricFamily, MetricRegistry } from '@sluice/observability';
import { FeedCounters } from './feed.counters.js';
import { FeedReaders } from './feed.readers.js';
import { FeedTail } from './feed.tail.js';

interface MeasuredFeed {
  readonly tail: FeedTail;
  readonly counters: FeedCounters;
  readonly readers: FeedReaders;
}

/** What this replica reads for live push, for Prometheus. */
@Injectable()
export class FeedMetrics {
  constructor(registry: MetricRegistry, tail: FeedTail, counters: FeedCounters, readers: FeedReaders) {
    const family = new MetricFamily<MeasuredFeed>(
      [],
      () => ({}),
      () => [{ tail, counters, readers }],
    );
    registry.add(addReplays(addTail(family)));
  }
}

function addTail(family: MetricFamily<MeasuredFeed>): MetricFamily<MeasuredFeed> {
  return family
    .gauge('sluice_realtime_feed_following', '1 while the stream queue is read as it grows', ({ tail }) => {
      return tail.state.state === 'following' ? 1 : 0;
    })
    .counter('sluice_realtime_feed_read_total', 'Messages of the stream queue, read once as they come', (of) => {
      return of.counters.read;
    })
    .counter('sluice_realtime_feed_repeats_total', 'Changes that a producer sent again', ({ counters }) => {
      return counters.repeats;
    })
    .counter('sluice_realtime_feed_overtaken_total', 'Changes that came behind newer ones', ({ counters }) => {
      return counters.overtaken;
    })
    .counter('sluice_realtime_feed_unreadable_total', 'Messages that are no change event of ours', ({ counters }) => {
      return counters.unreadable;
    })
    .counters('sluice_realtime_feed_gaps_total', 'Gaps told to live subscriptions', ['reason'], ({ counters }) => {
      return Object.entries(counters.gaps).map(([reason, value]) => ({ reason, value }));
    })
    .counter('sluice_realtime_feed_reopened_total', 'Times that reading ended and was begun again', ({ counters }) => {
      return counters.reopened;
    });
}

function addReplays(family: MetricFamily<MeasuredFeed>): MetricFamily<MeasuredFeed> {
  return family
    .gauge('sluice_realtime_feed_memory_bytes', 'What the newest changes take in memory, about', ({ tail }) => {
      return tail.memory.weight;
    })
    .gauge('sluice_realtime_feed_memory_messages', 'Messages of the stream queue in memory', ({ tail }) => {
      return tail.memory.size;
    })
    .gauge('sluice_realtime_feed_readers', 'Readers for those who are further behind', ({ readers }) => readers.size)
    .gauge(
      'sluice_realtime_feed_waiting',
      'Subscriptions that wait for a reader',
      ({ readers }) => readers.waitingCount,
    )
    .counter('sluice_realtime_feed_replayed_total', 'Messages that readers have read', ({ counters }) => {
      return counters.replayed;
    });
}
