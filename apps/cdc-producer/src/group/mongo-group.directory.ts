import { EventEmitter } from 'node:events';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import {
  GROUPS_COLLECTION,
  groupRegistrationSchema,
  JOINING_LIMIT_MS,
  thrownMessage,
  type GroupRegistration,
} from '@sluice/contracts';
import { MongoLink } from '@sluice/platform';
import { GroupDirectory } from './group.directory.js';

const POLL_MS = 1_000;
/** Streams wait for the first reading. */
const FIRST_POLL_MS = 50;

/** Reads the consumers' registrations in the state database once a second. */
@Injectable()
export class MongoGroupDirectory extends GroupDirectory implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(MongoGroupDirectory.name);
  private readonly changes = new EventEmitter().setMaxListeners(0);
  /** When this process first saw a group joining, by its name and revision: the limit runs on one clock. */
  private readonly joiningSince = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private known: readonly GroupRegistration[] | undefined;
  unreadable: string | undefined;
  private stopped = false;

  constructor(private readonly link: MongoLink) {
    super();
  }

  onApplicationBootstrap(): void {
    void this.poll();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  get isRead(): boolean {
    return this.known !== undefined;
  }

  get groups(): readonly GroupRegistration[] {
    return this.known ?? [];
  }

  async refresh(): Promise<readonly GroupRegistration[]> {
    if (!this.link.isConnected()) throw this.link.lastError ?? new Error('MongoDB is not connected');
    const documents = await this.link.connection
      .collection(GROUPS_COLLECTION)
      .find({}, { readConcern: { level: 'majority' } })
      .toArray();
    this.unreadable = undefined;
    this.take(documents.flatMap((document) => this.parse(document)));
    return this.groups;
  }

  joining(): string | undefined {
    const now = performance.now();
    return this.groups.find((group) => {
      if (group.state !== 'joining') return false;
      const key = `${group._id} ${group.joiningSince.getTime()}`;
      const since = this.joiningSince.get(key) ?? now;
      this.joiningSince.set(key, since);
      return now - since < JOINING_LIMIT_MS;
    })?._id;
  }

  onChange(listener: () => void): () => void {
    this.changes.on('change', listener);
    return () => this.changes.off('change', listener);
  }

  private async poll(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.logger.debug(`consumer groups not read: ${thrownMessage(error)}`); // the link reports the outage
    }
    this.changes.emit('change'); // also without news: a joining group may have run out of its time
    if (!this.stopped) this.timer = setTimeout(() => void this.poll(), this.isRead ? POLL_MS : FIRST_POLL_MS);
  }

  private take(groups: readonly GroupRegistration[]): void {
    this.known = groups;
    const joining = new Set(groups.map((group) => `${group._id} ${group.joiningSince.getTime()}`));
    for (const key of this.joiningSince.keys()) if (!joining.has(key)) this.joiningSince.delete(key);
  }

  private parse(document: { _id: unknown }): GroupRegistration[] {
    const parsed = groupRegistrationSchema.safeParse(document);
    if (parsed.success) return parsed.data.state === 'retired' ? [] : [parsed.data];
    this.unreadable = String(document._id);
    return [];
  }
}
