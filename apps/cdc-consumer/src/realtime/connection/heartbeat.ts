import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { REALTIME_CLOSE } from '@sluice/contracts';
import { Feed } from '../feed/feed.js';
import { RealtimeLimits } from '../limits/realtime.limits.js';
import type { RealtimeConnection } from './realtime.connection.js';

/** Beats of one round: in each, one connection in so many has its turn. */
const BEATS = 16;
/** Rounds without a sign of life. */
const PATIENCE = 2;

/**
 * One timer for all connections, since a timer each would cost more than the connection: each has its turn once in a
 * round, is pinged, told where its subscriptions stand, and closed if it has not answered since, nor read what was sent.
 */
@Injectable()
export class Heartbeat implements OnModuleInit, OnApplicationShutdown {
  private readonly slots = Array.from({ length: BEATS }, () => new Set<RealtimeConnection>());
  private readonly slotOf = new WeakMap<RealtimeConnection, Set<RealtimeConnection>>();
  private timer: NodeJS.Timeout | undefined;
  private beats = 0;
  private joined = 0;

  constructor(
    private readonly feed: Feed,
    private readonly limits: RealtimeLimits,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.beat(), this.limits.heartbeatMs / BEATS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  add(connection: RealtimeConnection): void {
    const slot = this.slots[this.joined++ % BEATS];
    slot?.add(connection);
    if (slot !== undefined) this.slotOf.set(connection, slot);
  }

  remove(connection: RealtimeConnection): void {
    this.slotOf.get(connection)?.delete(connection);
  }

  /** One slot's turn. */
  beat(): void {
    for (const connection of this.slots[this.beats++ % BEATS] ?? []) this.attend(connection);
  }

  private attend(connection: RealtimeConnection): void {
    if (!connection.isOpen) return connection.outlet.destroy(); // has not read that it was closed, a round long
    // On a slow link the answer to a ping is late: it stands behind all that was sent before it.
    if (connection.hasTakenMore()) connection.silentBeats = 0;
    if (connection.silentBeats >= PATIENCE) {
      const ms = PATIENCE * this.limits.heartbeatMs;
      return connection.close(REALTIME_CLOSE.unresponsive, `no answer to a ping, and nothing read, for ${ms} ms`);
    }
    connection.silentBeats += 1;
    connection.outlet.ping(() => (connection.silentBeats = 0));
    connection.tellAll({ type: 'heartbeat', cursors: this.cursorsOf(connection) });
  }

  /** Live ones have been told everything up to the newest entry, or that it did not concern them. */
  private cursorsOf({ subscriptions }: RealtimeConnection): Record<string, string> {
    const cursors: Record<string, string> = {};
    for (const [id, subscription] of subscriptions) {
      const place = subscription.isLive ? this.feed.head : subscription.cursor;
      if (place === undefined) continue;
      const value = subscription.cursorAt(place);
      Object.defineProperty(cursors, id, { value, enumerable: true, configurable: true }); // `__proto__` too
    }
    return cursors;
  }
}
