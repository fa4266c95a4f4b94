import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { MongoLink } from '@sluice/platform';
import type { Timestamp } from 'mongodb';
import { thrownMessage } from '@sluice/contracts';
import { ProducerSettings } from '../config/producer.settings.js';
import type { ReadPreference } from '../config/streams-file.schema.js';
import { OplogReader } from './oplog.reader.js';

const LOOK_MS = 30_000;

/**
 * Knows the oplog's oldest entry, by the read preferences of the streams: a secondary's oplog may be shorter than the
 * primary's. Looks after each connect and every thirty seconds.
 */
@Injectable()
export class OplogWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(OplogWatch.name);
  private readonly known = new Map<ReadPreference, Timestamp | null>();
  private readonly said = new Map<ReadPreference, string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: ProducerSettings,
    private readonly link: MongoLink,
  ) {}

  onApplicationBootstrap(): void {
    this.link.connection.on('connected', () => void this.look());
    this.timer = setInterval(() => void this.look(), LOOK_MS);
    void this.look();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Cluster time of the oldest entry; null where it is not known, and the log has said why. */
  oldest(preference: ReadPreference): Timestamp | null {
    return this.known.get(preference) ?? null;
  }

  private async look(): Promise<void> {
    if (!this.link.isConnected()) return;
    const preferences = new Set(this.settings.streams.map(({ readPreference }) => readPreference));
    await Promise.all([...preferences].map((preference) => this.lookAt(preference)));
  }

  private async lookAt(preference: ReadPreference): Promise<void> {
    try {
      const oldest = await new OplogReader(() => this.link.connection.getClient(), preference).oldest();
      this.known.set(preference, oldest);
      if (oldest === null)
        this.say(preference, 'local.oplog.rs has no entries, as behind the router of a sharded cluster');
    } catch (error) {
      this.known.set(preference, null);
      if (!this.link.isConnected()) return; // told elsewhere
      this.say(preference, thrownMessage(error));
    }
  }

  /** Once, and again only when it is another reason. */
  private say(preference: ReadPreference, why: string): void {
    if (this.said.get(preference) === why) return;
    this.said.set(preference, why);
    this.logger.warn(`oplog headroom is not known: ${why}. The MongoDB user needs "find" on local.oplog.rs for it`);
  }
}
