import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HEARTBEATS_ALIVE, thrownError } from '@sluice/contracts';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { GroupMembership } from './group.membership.js';
import { GroupRepartition } from './group.repartition.js';
import { GroupTopology } from './group.topology.js';

/** How soon a partition changes hands, a replica with older handlers stops, and a pause reaches all. */
const LOOK_MS = 1_000;
const LEAVE_TIMEOUT_MS = 2_000;

/**
 * Tells the group three times in `MEMBER_ALIVE_MS` that this replica is there, and looks every second what has become of the
 * registration: an outdated replica stops, and registers again when the group is left to it.
 */
@Injectable()
export class GroupHeartbeat implements OnApplicationBootstrap {
  private readonly logger = new Logger(GroupHeartbeat.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private readonly everyMs: number;
  private dueAt = 0;
  private hasNews = false;
  private wake: () => void = () => undefined;
  private failure: { readonly since: Date; readonly error: Error } | undefined;

  constructor(
    private readonly membership: GroupMembership,
    private readonly topology: GroupTopology,
    private readonly repartition: GroupRepartition,
    { environment }: ConsumerSettings,
  ) {
    this.everyMs = environment.MEMBER_ALIVE_MS / HEARTBEATS_ALIVE;
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Since when, and why, the state database does not take heartbeats; consuming goes on without it. */
  get lastFailure(): { readonly since: Date; readonly error: Error } | undefined {
    return this.failure;
  }

  /** The next heartbeat is sent at once: there is news of this member. */
  soon(): void {
    this.hasNews = true;
    this.wake();
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
      await this.rest();
      if (signal.aborted || this.membership.current === undefined) continue;
      await this.attempt('tell the group that this replica is there', () => this.turn());
    }
  }

  /** Until it is time to look again, or `soon`. */
  private async rest(): Promise<void> {
    const woken = new AbortController();
    this.wake = () => woken.abort();
    const signal = AbortSignal.any([this.stopping.signal, woken.signal]);
    if (!this.hasNews) await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    if (this.hasNews) this.dueAt = 0;
    this.hasNews = false;
  }

  private async turn(): Promise<void> {
    if (performance.now() < this.dueAt && !(await this.membership.look())) return this.repartition.advance();
    this.dueAt = performance.now() + this.everyMs;
    const group = await this.membership.heartbeat();
    this.failure = undefined;
    if (group === undefined) return this.registerAgain();
    if (this.membership.mayTakeBack) return this.takeBack();
    if (this.membership.currentConsumption === 'outdated') return;
    await this.topology.assertSomeBindings();
    await this.repartition.advance();
  }

  /** An operator removed the registration while this replica lives: it is a member again, from the beginning. */
  private registerAgain(): void {
    this.logger.warn(`group "${this.membership.name}" is registered no more; registering it again`);
    this.topology.again();
  }

  private async takeBack(): Promise<void> {
    this.logger.log(`group "${this.membership.name}" is left to this replica's handlers; registering them again`);
    this.topology.repeat();
    await this.membership.takeBack();
    this.topology.again();
  }

  private async attempt(what: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      if (this.failure === undefined) this.logger.warn(`cannot ${what}, consuming goes on: ${String(error)}`);
      this.failure ??= { since: new Date(), error: thrownError(error) };
    }
  }
}
