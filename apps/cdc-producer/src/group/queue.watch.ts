import { EventEmitter } from 'node:events';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { neededQueues, thrownMessage } from '@sluice/contracts';
import { closeChannel, closeReason, ConfirmedRmqClient } from '@sluice/messaging';
import { GroupDirectory } from './group.directory.js';

export interface MissingQueue {
  readonly group: string;
  readonly queue: string;
}

const CHECK_MS = 5_000;
const NOT_FOUND = 404;

/**
 * Checks passively that every bound group has all of its queues: after each connect and every five seconds. Deleting
 * all queues of one of two groups returns nothing to the publisher, and would lose that group's events in silence.
 */
@Injectable()
export class QueueWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(QueueWatch.name);
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | undefined;
  /** How often the connection was lost: what was found before says nothing of the next one. */
  private losses = 0;
  private found: MissingQueue | 'unknown' | undefined = 'unknown';

  constructor(
    private readonly client: ConfirmedRmqClient,
    private readonly groups: GroupDirectory,
  ) {}

  onApplicationBootstrap(): void {
    const { connection } = this.client;
    connection.on('disconnected', () => {
      this.losses += 1;
      this.tell('unknown'); // queues may be gone when it is back
    });
    connection.on('connected', () => void this.check());
    this.groups.onChange(() => {
      if (this.found !== undefined) void this.check(); // what was missing may be there again
    });
    this.timer = setInterval(() => void this.check(), CHECK_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** The first queue that a bound group lacks; `unknown` before the first check of a connection. */
  get missing(): MissingQueue | 'unknown' | undefined {
    return this.found;
  }

  onChange(listener: () => void): () => void {
    this.changes.on('change', listener);
    return () => this.changes.off('change', listener);
  }

  private check(): Promise<void> {
    this.checking ??= this.look().finally(() => (this.checking = undefined));
    return this.checking;
  }

  private async look(): Promise<void> {
    if (!this.client.connection.isConnected() || !this.groups.isRead) return;
    try {
      const { losses } = this;
      const missing = await this.firstMissing();
      if (losses === this.losses) this.tell(missing);
    } catch (error) {
      this.logger.debug(`queues not checked: ${thrownMessage(error)}`); // checked again on the next connect
    }
  }

  private async firstMissing(): Promise<MissingQueue | undefined> {
    const bound = this.groups.groups.filter(({ state }) => state === 'bound');
    const wanted = bound.flatMap((group) => neededQueues(group).map((queue) => ({ group: group._id, queue })));
    if (wanted.length === 0) return undefined;
    const channel = await this.client.connection.openChannel();
    for (const each of wanted) {
      try {
        await channel.checkQueue(each.queue);
      } catch (error) {
        // The broker closes the channel of a passive declaration that finds nothing.
        if (isNotFound(error) || isNotFound(closeReason(channel))) return each;
        throw error;
      }
    }
    await closeChannel(channel);
    return undefined;
  }

  private tell(found: MissingQueue | 'unknown' | undefined): void {
    const before = this.found;
    this.found = found;
    if (JSON.stringify(before) === JSON.stringify(found)) return;
    if (typeof found === 'object')
      this.logger.error(`queue "${found.queue}" of group "${found.group}" is missing; publishing is held`);
    this.changes.emit('change');
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === NOT_FOUND;
}
