import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { assignmentOf, type Assignment } from '@sluice/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChangeSignal } from '@sluice/platform';
import { ProducerSettings } from '../config/producer.settings.js';
import { sortMembers } from './member.policy.js';
import { MemberStore } from './member.js';
import { ProducerIdentity } from './producer.identity.js';

/** At most; three heartbeats fit into a lease time in any case. */
const BEAT_MS = 1_000;
/** Streams wait for the first one. */
const FIRST_BEAT_MS = 50;
const LEAVE_TIMEOUT_MS = 2_000;

/** This producer among those that are alive: tells them that it is there, and which streams are whose. */
@Injectable()
export class Membership implements OnApplicationBootstrap {
  /** Fires after each heartbeat. */
  readonly beaten = new ChangeSignal();
  private readonly logger = new Logger(Membership.name);
  private readonly stopping = new AbortController();
  private readonly leaseMs: number;
  private readonly streams: readonly string[];
  private running: Promise<void> = Promise.resolve();
  private lastBeatMs = -Infinity;
  private assignment: Assignment<string> | undefined;
  private alive = '';

  constructor(
    private readonly store: MemberStore,
    private readonly identity: ProducerIdentity,
    { environment, streams }: ProducerSettings,
  ) {
    this.leaseMs = environment.LEASE_MS;
    this.streams = streams.map(({ name }) => name);
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Whose the stream is, as far as this producer knows; undefined before the first heartbeat. */
  ownerOf(stream: string): string | undefined {
    return this.assignment?.get(stream);
  }

  isOurs(stream: string): boolean {
    return this.ownerOf(stream) === this.identity.id;
  }

  /** The others share out our streams at their next heartbeat. A state database that is away is not waited for. */
  async leave(): Promise<void> {
    this.stopping.abort();
    const over = new AbortController();
    const limit = sleep(LEAVE_TIMEOUT_MS, undefined, { signal: over.signal }).catch(() => undefined);
    const left = this.running.then(() => this.store.forget([this.identity.id]));
    await Promise.race([
      left.catch((error: unknown) => this.logger.debug(`the others were not told: ${String(error)}`)),
      limit,
    ]);
    over.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.beat();
      } catch (error) {
        this.logger.debug(`no heartbeat: ${String(error)}`); // the link reports the outage
      }
      this.beaten.notify();
      const everyMs = this.assignment === undefined ? FIRST_BEAT_MS : Math.min(BEAT_MS, this.leaseMs / 3);
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async beat(): Promise<void> {
    const sentAtMs = performance.now();
    // The others have done without us: to come back as the newest moves no stream twice.
    const anew = sentAtMs - this.lastBeatMs >= this.leaseMs;
    const { id, process } = this.identity;
    const roll = await this.store.beat({ id, process, streams: this.streams }, anew);
    this.lastBeatMs = sentAtMs;
    const { alive, gone } = sortMembers(roll, this.leaseMs, (mark) => this.identity.isGone(mark));
    this.assignment = assignmentOf(alive.map(({ streams, ...member }) => ({ ...member, items: streams })));
    this.tell(alive.map((member) => member.id));
    await this.store.forget(gone.map((member) => member.id));
  }

  private tell(alive: readonly string[]): void {
    const names = [...alive].sort().join(', ');
    if (names === this.alive) return;
    this.alive = names;
    this.logger.log(`${alive.length === 1 ? 'one producer' : `${alive.length} producers`} alive: ${names}`);
  }
}
