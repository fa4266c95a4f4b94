import type { HealthIndicatorResult } from '@nestjs/terminus';

/** What readiness knows of one dependency. */
export interface Readiness {
  readonly ready: boolean;
  /** The state in one word, and why and since when where that is not plain. */
  readonly state: string;
  readonly since?: Date;
  readonly reason?: string;
}

/** Writes a readiness as terminus wants it. */
export function indicatorResult<Key extends string>(key: Key, readiness: Readiness): HealthIndicatorResult<Key> {
  const { ready, state, since, reason } = readiness;
  const details = {
    status: ready ? ('up' as const) : ('down' as const),
    state,
    ...(since === undefined ? {} : { since: since.toISOString() }),
    ...(reason === undefined ? {} : { reason }),
  };
  const result: Partial<Record<Key, typeof details>> = {};
  result[key] = details;
  return result as Record<Key, typeof details>; // the one key is there now
}

/** Anything with a connection that readiness asks about. */
interface Link {
  readonly status: string;
  readonly since: Date;
  readonly lastError: Error | undefined;
  isConnected(): boolean;
}

export function linkReadiness(link: Link): Readiness {
  const reason = link.isConnected() ? undefined : link.lastError?.message;
  return {
    ready: link.isConnected(),
    state: link.status,
    since: link.since,
    ...(reason === undefined ? {} : { reason }),
  };
}
