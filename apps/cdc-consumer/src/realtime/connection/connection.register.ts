import { Injectable } from '@nestjs/common';
import { REALTIME_CLOSE } from '@sluice/contracts';
import type { Caller } from '@sluice/platform';
import { NOBODY, ownerOf } from '../access/token-owner.js';
import { RealtimeLimits } from '../limits/realtime.limits.js';
import { ConnectionsFullError, RealtimeEndingError } from './connections-full.error.js';
import type { RealtimeConnection } from './realtime.connection.js';

/** Keeps a place for a connection that is being made. */
export interface Place {
  release(): void;
}

/** Every connection of this replica, and how many more there may be. */
@Injectable()
export class ConnectionRegister {
  private readonly open = new Set<RealtimeConnection>();
  /** Places taken by token, connections that are being made among them. */
  private readonly places = new Map<string, number>();
  private taken = 0;
  private isEnding = false;

  constructor(private readonly limits: RealtimeLimits) {}

  get all(): ReadonlySet<RealtimeConnection> {
    return this.open;
  }

  /** @throws ConnectionsFullError, RealtimeEndingError */
  reserve(caller: Caller): Place {
    const { maxConnections, maxConnectionsPerToken } = this.limits;
    const owner = ownerOf(caller);
    if (this.isEnding) throw new RealtimeEndingError();
    if (this.taken >= maxConnections) throw ConnectionsFullError.ofAll(maxConnections);
    const own = this.places.get(owner) ?? 0;
    if (owner !== NOBODY && own >= maxConnectionsPerToken) throw ConnectionsFullError.ofToken(maxConnectionsPerToken);
    this.taken += 1;
    this.places.set(owner, own + 1);
    let isReleased = false;
    return {
      release: () => {
        if (!isReleased) this.free(owner);
        isReleased = true;
      },
    };
  }

  add(connection: RealtimeConnection): void {
    this.open.add(connection);
    if (this.isEnding) connection.close(REALTIME_CLOSE.goingAway, 'shutting down');
  }

  remove(connection: RealtimeConnection): void {
    this.open.delete(connection);
  }

  /** Nobody new, and whoever is there is told to come back. */
  end(): void {
    this.isEnding = true;
    for (const connection of [...this.open]) connection.close(REALTIME_CLOSE.goingAway, 'shutting down');
  }

  private free(owner: string): void {
    const left = (this.places.get(owner) ?? 1) - 1;
    this.taken -= 1;
    if (left > 0) this.places.set(owner, left);
    else this.places.delete(owner);
  }
}
