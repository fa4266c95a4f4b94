import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { REALTIME_CLOSE } from '@sluice/contracts';
import type { Caller } from '@sluice/platform';
import { RealtimeAccess } from '../access/realtime.access.js';
import { RealtimeLimits } from '../limits/realtime.limits.js';
import { SubscriptionDesk } from '../subscription/subscription.desk.js';
import { ConnectionRegister, type Place } from './connection.register.js';
import { Heartbeat } from './heartbeat.js';
import type { Outlet } from './outlet.js';
import { RealtimeConnection } from './realtime.connection.js';
import { RealtimeCounters } from './realtime.counters.js';

/** How often connections are looked through for tokens that have run out. */
const LOOK_MS = 1_000;

/** The life of a client's connection, whatever it is reached by: from its place to the last thing that is freed. */
@Injectable()
export class ClientSessions implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly register: ConnectionRegister,
    private readonly heartbeat: Heartbeat,
    private readonly desk: SubscriptionDesk,
    private readonly access: RealtimeAccess,
    private readonly limits: RealtimeLimits,
    private readonly counters: RealtimeCounters,
  ) {}

  onModuleInit(): void {
    this.access.whenChanged(() => this.checkAll());
    this.timer = setInterval(() => this.endExpired(), LOOK_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Nobody new, and whoever is there is told to come back. */
  end(): void {
    this.register.end();
  }

  /** @throws ConnectionsFullError, RealtimeEndingError */
  reserve(caller: Caller): Place {
    return this.register.reserve(caller);
  }

  open(outlet: Outlet, caller: Caller): RealtimeConnection {
    const connection = new RealtimeConnection(outlet, caller, this.limits, this.counters);
    this.heartbeat.add(connection);
    this.register.add(connection);
    return connection;
  }

  /** The wire is gone, whoever ended it; `code` is what the client said. */
  gone(connection: RealtimeConnection, code: number): void {
    connection.noteGone(code);
    this.heartbeat.remove(connection);
    this.register.remove(connection);
    this.desk.endAll(connection);
  }

  private checkAll(): void {
    for (const connection of [...this.register.all]) {
      if (!this.access.stillCounts(connection.caller)) endAccess(connection);
      else for (const subscription of [...connection.subscriptions.values()]) this.desk.checkAgain(subscription);
    }
  }

  private endExpired(): void {
    const now = Date.now();
    for (const connection of this.register.all) {
      const { expiresAt } = connection.caller.proof;
      if (expiresAt !== undefined && expiresAt.getTime() <= now) endAccess(connection);
    }
  }
}

function endAccess(connection: RealtimeConnection): void {
  connection.close(REALTIME_CLOSE.accessEnded, 'the token has expired or was taken back; come back with a new one');
}
