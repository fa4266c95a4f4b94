import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { MongoLink } from '@sluice/platform';
import type { Timestamp } from 'mongodb';
import { thrownMessage } from '@sluice/contracts';
import { ProducerSettings } from '../config/producer.settings.js';
import type { ReadPreference } from '../config/streams-file.schema.js';
import { ClusterClock } from './cluster.clock.js';
import { LONGEST_LOOK_MS, OplogReader } from './oplog.reader.js';

const LOOK_MS = 30_000;
/** MongoDB answers at once; a server that reads its whole oplog for it is kept busy for a hundredth of the time at most. */
const PAUSE_FOR_LOOK = 100;

/** How long to wait behind a look that was answered after so long, in milliseconds. */
export function pauseAfterLook(tookMs: number): number {
  return Math.max(LOOK_MS, PAUSE_FOR_LOOK * Math.min(tookMs, LONGEST_LOOK_MS)); // beyond that it was not the server's work
}

/**
 * Knows the oplog's oldest entry, by the read preferences of the streams: a secondary's oplog may be shorter than the
 * primary's; and what time it is there, for streams that are not being read. Looks after each connect and every thirty
 * seconds, or less often where a look takes long.
 */
@Injectable()
export class OplogWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(OplogWatch.name);
  private readonly known = new Map<ReadPreference, Timestamp | null>();
  private readonly clock = new ClusterClock();
  private readonly said = new Map<ReadPreference, string>();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly settings: ProducerSettings,
    private readonly link: MongoLink,
  ) {}

  onApplicationBootstrap(): void {
    this.link.connection.on('connected', () => void this.look());
    void this.keepLooking();
  }

  onModuleDestroy(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** Cluster time of the oldest entry; null where it is not known, and the log has said why. */
  oldest(preference: ReadPreference): Timestamp | null {
    return this.known.get(preference) ?? null;
  }

  /** The cluster time now; null until the server has told it. */
  get nowSeconds(): number | null {
    return this.clock.seconds;
  }

  private async keepLooking(): Promise<void> {
    const began = performance.now();
    const wasAnswered = await this.look();
    if (this.isStopped) return;
    const pause = wasAnswered ? pauseAfterLook(performance.now() - began) : LOOK_MS;
    this.timer = setTimeout(() => void this.keepLooking(), pause);
  }

  /** Whether all have been answered. */
  private async look(): Promise<boolean> {
    if (this.isStopped || !this.link.isConnected()) return false;
    const preferences = new Set(this.settings.streams.map(({ readPreference }) => readPreference));
    const looks = [...preferences].map((preference) => this.lookAt(preference));
    const answered = await Promise.all([this.lookAtClock(), ...looks]);
    return !answered.includes(false);
  }

  private async lookAtClock(): Promise<boolean> {
    try {
      const now = await this.readerOf('primary').now();
      this.clock.heard(now, performance.now());
      return true;
    } catch {
      return false; // the link tells that the server is away, and the clock goes on
    }
  }

  private async lookAt(preference: ReadPreference): Promise<boolean> {
    try {
      const oldest = await this.readerOf(preference).oldest();
      this.known.set(preference, oldest);
      if (oldest === null)
        this.say(preference, 'local.oplog.rs has no entries, as behind the router of a sharded cluster');
      return true;
    } catch (error) {
      this.known.set(preference, null);
      if (this.link.isConnected()) this.say(preference, thrownMessage(error)); // else told elsewhere
      return false;
    }
  }

  private readerOf(preference: ReadPreference): OplogReader {
    return new OplogReader(() => this.link.connection.getClient(), preference);
  }

  /** Once, and again only when it is another reason. */
  private say(preference: ReadPreference, why: string): void {
    if (this.said.get(preference) === why) return;
    this.said.set(preference, why);
    this.logger.warn(`oplog headroom is not known: ${why}. The MongoDB user needs "find" on local.oplog.rs for it`);
  }
}
