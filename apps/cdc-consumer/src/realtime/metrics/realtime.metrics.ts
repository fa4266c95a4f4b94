import { Injectable } from '@nestjs/common';
import { MetricFamily, MetricRegistry } from '@sluice/observability';
import { ConnectionRegister } from '../connection/connection.register.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';

interface MeasuredPush {
  readonly register: ConnectionRegister;
  readonly counters: RealtimeCounters;
}

/** What this replica pushes to clients, for Prometheus. */
@Injectable()
export class RealtimeMetrics {
  constructor(registry: MetricRegistry, register: ConnectionRegister, counters: RealtimeCounters) {
    const family = new MetricFamily<MeasuredPush>(
      [],
      () => ({}),
      () => [{ register, counters }],
    );
    registry.add(addSent(addClients(family)));
  }
}

function addClients(family: MetricFamily<MeasuredPush>): MetricFamily<MeasuredPush> {
  return family
    .gauges('sluice_realtime_connections', 'Clients that are connected', ['wire'], ({ register }) => {
      return counted(register, () => 1);
    })
    .gauges('sluice_realtime_subscriptions', 'Subscriptions of clients', ['wire'], ({ register }) => {
      return counted(register, (subscriptions) => subscriptions);
    })
    .counter('sluice_realtime_refused_total', 'Clients that were not let in', ({ counters }) => counters.refused)
    .counters('sluice_realtime_closed_total', 'Connections that ended, by close code', ['code'], ({ counters }) => {
      return [...counters.closed].map(([code, value]) => ({ code: String(code), value }));
    });
}

function addSent(family: MetricFamily<MeasuredPush>): MetricFamily<MeasuredPush> {
  return family
    .counters('sluice_realtime_messages_total', 'Messages sent to clients', ['type'], ({ counters }) => {
      return [...counters.messages].map(([type, value]) => ({ type, value }));
    })
    .counters('sluice_realtime_sent_bytes_total', 'Bytes of these messages', ['wire'], ({ counters }) => {
      return [...counters.bytes].map(([wire, value]) => ({ wire, value }));
    })
    .counter(
      'sluice_realtime_fan_out_seconds_total',
      'Time spent on finding the subscriptions of changes and writing to them',
      ({ counters }) => counters.fanOutMs / 1_000,
    );
}

function counted(register: ConnectionRegister, weigh: (subscriptions: number) => number) {
  const sums = { websocket: 0, sse: 0 };
  for (const { outlet, subscriptions } of register.all) sums[outlet.wire] += weigh(subscriptions.size);
  return Object.entries(sums).map(([wire, value]) => ({ wire, value }));
}
