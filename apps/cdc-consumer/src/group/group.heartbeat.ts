import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { GroupMembership } from './group.membership.js';
import { GroupTopology } from './group.topology.js';

const HEARTBEAT_MS = 5_000;
const LEAVE_TIMEOUT_MS = 2_000;

/** Tells the group every few seconds that this replica is there, and learns what has become of the registration. */
@Injectable()
export class GroupHeartbeat implements OnApplicationBootstrap {
  private readonly logger = new Logger(GroupHeartbeat.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private failure: { readonly since: Date; readonly error: Error } | undefined;

  constructor(
    private readonly membership: GroupMembership,
    private readonly topology: GroupTopology,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Since when, and why, the state database does not take heartbeats; consuming goes on without it. */
  get lastFailure(): { readonly since: Date; readonly error: Error } | undefined {
    return this.failure;
  }

  /**
   * Ends the heartbeats and leaves the group. A state database that is away is not waited for: the group forgets this
   * member by itself.
   */
  async stop(): Promise<void> {
    this.stopping.abort();
    const over = new AbortController();
    const limit = sleep(LEAVE_TIMEOUT_MS, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([this.leave(), limit]);
    over.abort();
  }

  private async leave(): Promise<void> {
    await this.running;
    try {
      await this.membership.leave();
    } catch (error) {
      this.logger.warn(`the state database was not told that this member leaves: ${String(error)}`);
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await sleep(HEARTBEAT_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || this.membership.current === undefined) continue;
      await this.attempt('tell the group that this replica is there', () => this.beat());
    }
  }

  private async beat(): Promise<void> {
    const group = await this.membership.heartbeat();
    if (group === undefined) return this.registerAgain();
    this.failure = undefined;
    await this.topology.assertSomeBindings();
  }

  /** An operator removed the registration while this replica lives: it is a member again, from the beginning. */
  private async registerAgain(): Promise<void> {
    this.logger.warn(`group "${this.membership.name}" is registered no more; registering it again`);
    this.topology.repeat();
    await this.topology.queues(this.stopping.signal);
  }

  private async attempt(what: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      if (this.failure === undefined) this.logger.warn(`cannot ${what}, consuming goes on: ${String(error)}`);
      this.failure ??= { since: new Date(), error: error instanceof Error ? error : new Error(String(error)) };
    }
  }
}
