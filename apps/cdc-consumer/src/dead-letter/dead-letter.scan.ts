import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { TopologyNames } from '@sluice/contracts';
import { closeChannel, closeReason } from '@sluice/messaging';
import type { Channel, Message } from 'amqplib';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { ConsumeConnection } from '../connections/rabbit.connections.js';
import { DeadLettersBusyError } from './dead-letter.errors.js';
import { LetterStream } from './letter.stream.js';

/** Letters that one look keeps at most: each is held until its end. Those that it takes are not among them. */
export const MAX_KEPT = 5_000;
const RESOURCE_LOCKED = 405;
/** How long who waits for an answer waits for the look before it: a page is soon through, a replay of thousands is not. */
export const PATIENCE_MS = 5_000;

/** How far a look went. */
export interface Scan {
  /** Letters that there were when it began; later ones are not looked at. */
  readonly total: number;
  readonly scanned: number;
}

/** What is done with a letter: `keep` and `take` go on, `end` keeps it and ends, `last` takes it and ends. */
export type Verdict = 'keep' | 'take' | 'end' | 'last';

/** Sees one letter, and says what is done with it. */
export type Visit = (message: Message, scan: Scan) => Promise<Verdict> | Verdict;

/** How a look waits for those before it on this replica; with nothing, as long as that takes. */
export interface Waiting {
  readonly patienceMs?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/**
 * Looks through the dead-letter queue: every letter is consumed, and only those that are taken are acknowledged. The others
 * go back when the channel closes, to where they were (docs/adr/0006-dead-letters-stay-in-their-queue.md). While one
 * looks, others would miss what it holds: so only one does, kept so by an exclusive queue, which the broker removes
 * with the connection that made it.
 */
@Injectable()
export class DeadLetterScan {
  private readonly queue: string;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly connection: ConsumeConnection,
    @Inject(TOPOLOGY_NAMES) names: TopologyNames,
    { environment }: ConsumerSettings,
  ) {
    this.queue = names.deadLetterQueue(environment.CONSUMER_GROUP);
  }

  /**
   * `visit` sees the letters in their order.
   * @throws DeadLettersBusyError; the signal's reason where that ended the wait
   */
  run(visit: Visit, waiting: Waiting = {}): Promise<Scan> {
    const before = this.turn;
    const scan = endOf(before, waiting).then(() => this.look(visit));
    this.turn = Promise.allSettled([before, scan]);
    return scan;
  }

  private async look(visit: Visit): Promise<Scan> {
    const channel = await this.connection.openChannel();
    try {
      await this.lock(channel);
      const { messageCount: total } = await channel.checkQueue(this.queue);
      const scanned = await this.visitAll(channel, total, visit);
      return { total, scanned };
    } finally {
      await this.unlock(channel).catch(() => undefined); // a channel that is lost took its connection's lock with it
      await closeChannel(channel);
    }
  }

  private async visitAll(channel: Channel, total: number, visit: Visit): Promise<number> {
    if (total === 0) return 0;
    const letters = await LetterStream.open(channel, this.queue, Math.min(total, MAX_KEPT));
    let scanned = 0;
    for (let kept = 0; scanned < total && kept < MAX_KEPT;) {
      const message = await letters.next();
      if (message === undefined) return scanned;
      scanned += 1;
      const verdict = await visit(message, { total, scanned });
      if (verdict === 'take' || verdict === 'last') channel.ack(message);
      else kept += 1;
      if (verdict === 'end' || verdict === 'last') return scanned;
    }
    return scanned;
  }

  private get lockName(): string {
    return `${this.queue}.desk`;
  }

  private async unlock(channel: Channel): Promise<void> {
    await channel.deleteQueue(this.lockName);
  }

  private async lock(channel: Channel): Promise<void> {
    try {
      await channel.assertQueue(this.lockName, { exclusive: true, durable: false });
    } catch (error) {
      const reason = closeReason(channel) ?? error;
      if (reason instanceof Error && 'code' in reason && reason.code === RESOURCE_LOCKED)
        throw new DeadLettersBusyError('another replica');
      throw reason;
    }
  }
}

/** @throws DeadLettersBusyError where it takes too long for somebody who waits for an answer; the signal's reason */
async function endOf(turn: Promise<unknown>, { patienceMs, signal }: Waiting): Promise<void> {
  const over = new AbortController();
  const ends: Promise<unknown>[] = [turn];
  if (patienceMs !== undefined) ends.push(busyAfter(patienceMs, over.signal));
  if (signal !== undefined) ends.push(abortOf(signal, over.signal));
  await Promise.race(ends).finally(() => over.abort());
}

async function busyAfter(patienceMs: number, over: AbortSignal): Promise<never> {
  await sleep(patienceMs, undefined, { signal: over });
  throw new DeadLettersBusyError('this replica');
}

function abortOf(signal: AbortSignal, over: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: over });
  });
}
