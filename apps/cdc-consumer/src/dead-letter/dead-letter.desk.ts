import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type {
  DeadLetterDetail,
  DeadLetterFilter,
  DeadLetterOperation,
  DeadLetterOrder,
  DeadLetterPage,
  DeadLetterQuery,
} from '@sluice/contracts';
import {
  DeadLetterNotFoundError,
  DeadLettersUnavailableError,
  DeadLetterSupersededError,
} from './dead-letter.errors.js';
import { DeadLetterReplayer } from './dead-letter.replayer.js';
import { DeadLetterScan, PATIENCE_MS, type Verdict, type Visit, type Waiting } from './dead-letter.scan.js';
import { fits, letterDetail, letterEvent, letterId, letterStatus, type LetterEvent } from './found-letter.mapper.js';
import { OperationStore } from './operation.store.js';
import { noProgress, RunningOperation, type Progress } from './running.operation.js';

type Target = { readonly letter: string } | { readonly filter: DeadLetterFilter };

/** Before its letter is found, and of a filter, which is about many. */
const NO_EVENT: LetterEvent = { eventId: null, stream: null, position: null };
const DONE = { replay: 'dead letter replayed', discard: 'dead letter discarded' } as const;

/** What operators do with dead letters. Whatever changes something is written down before it begins. */
@Injectable()
export class DeadLetterDesk {
  private readonly logger = new Logger(DeadLetterDesk.name);
  private readonly closing = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly scan: DeadLetterScan,
    private readonly replayer: DeadLetterReplayer,
    private readonly operations: OperationStore,
  ) {}

  /** One page, oldest first. */
  async list({ limit, after, ...filter }: DeadLetterQuery): Promise<DeadLetterPage> {
    const letters: DeadLetterPage['letters'] = [];
    let isPast = after === undefined;
    let last: string | null = null;
    const { total, scanned } = await this.looking((message) => {
      if (isPast && letters.length === limit) return 'end';
      last = letterId(message);
      if (!isPast) isPast = last === after;
      else if (fits(letterStatus(message), filter)) letters.push(letterStatus(message));
      return 'keep';
    });
    if (!isPast && after !== undefined) throw new DeadLetterNotFoundError(after, scanned, total);
    return { total, scanned, letters, next: letters.length === limit ? last : null };
  }

  /** @throws DeadLetterNotFoundError */
  async get(id: string): Promise<DeadLetterDetail> {
    let found: DeadLetterDetail | undefined;
    const { total, scanned } = await this.looking((message) => {
      if (letterId(message) !== id) return 'keep';
      found = letterDetail(message);
      return 'end';
    });
    if (found === undefined) throw new DeadLetterNotFoundError(id, scanned, total);
    return found;
  }

  /** Hands one letter back to its handler. Resolves when its queue has it and the letter is gone. */
  replay(id: string, order: DeadLetterOrder): Promise<DeadLetterOperation> {
    return this.one('replay', id, order);
  }

  /** Removes one letter for good. */
  discard(id: string, order: DeadLetterOrder): Promise<DeadLetterOperation> {
    return this.one('discard', id, order);
  }

  /** Begins to hand back all letters that fit, of those that are there now; goes on after the answer. */
  async replayAll(filter: DeadLetterFilter, order: DeadLetterOrder): Promise<DeadLetterOperation> {
    const id = await this.begin('replay', { filter }, order);
    const work = this.work(id, 'replay', (message) => fits(letterStatus(message), filter)).catch((error: unknown) =>
      this.logger.error({ msg: 'a replay of dead letters ended early', operation: id, err: error }),
    );
    this.running.add(work);
    void work.finally(() => this.running.delete(work));
    return this.operation(id);
  }

  /** @throws DeadLetterNotFoundError */
  async operation(id: string): Promise<DeadLetterOperation> {
    return known(id, await this.stored(() => this.operations.find(id)));
  }

  async history(): Promise<DeadLetterOperation[]> {
    return this.stored(() => this.operations.list());
  }

  /** The operation ends within a few letters; what it has replayed stays replayed. */
  async cancel(id: string): Promise<DeadLetterOperation> {
    return known(id, await this.stored(() => this.operations.requestCancel(id)));
  }

  /** Ends what runs; the letters that were not taken stay. */
  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(this.running);
  }

  private async one(kind: 'replay' | 'discard', letter: string, order: DeadLetterOrder): Promise<DeadLetterOperation> {
    const id = await this.begin(kind, { letter }, order);
    const { taken, superseded, scanned, total } = await this.work(
      id,
      kind,
      (message) => letterId(message) === letter,
      true,
    );
    if (taken > 0) return this.operation(id);
    const error =
      superseded > 0 ? new DeadLetterSupersededError(letter) : new DeadLetterNotFoundError(letter, scanned, total);
    await this.stored(() => this.operations.explain(id, { state: 'failed', error: error.message }));
    throw error;
  }

  private async begin(kind: 'replay' | 'discard', target: Target, { by, reason }: DeadLetterOrder): Promise<string> {
    const id = randomUUID();
    const said = { by: by ?? null, reason: reason ?? null };
    const meant = { letter: null, filter: null, ...target, ...NO_EVENT };
    await this.stored(() => this.operations.begin(id, { kind, ...meant, ...said, ...noProgress() }));
    this.logger.log({ msg: `dead letters: ${kind}`, operation: id, ...target, ...said });
    return id;
  }

  /**
   * Takes the letters that are meant. A letter is acknowledged only when its replay is confirmed. Which event it holds
   * is written down and told: of one that is discarded nothing else says later what was lost.
   */
  private async work(
    id: string,
    kind: 'replay' | 'discard',
    isMeant: (message: Parameters<typeof letterId>[0]) => boolean,
    isOne = false,
  ): Promise<Progress> {
    const operation = new RunningOperation(id, this.operations, this.closing.signal);
    const { progress, signal } = operation;
    const visit: Visit = async (message, scan): Promise<Verdict> => {
      if (!(await this.stored(() => operation.goTo(scan)))) return 'end';
      if (!isMeant(message)) return 'keep';
      const event = letterEvent(message);
      if (isOne) await this.stored(() => operation.isAbout(event));
      if (kind === 'replay' && (await this.replayer.replay(message, this.closing.signal)) === 'superseded') {
        progress.superseded += 1;
        return isOne ? 'end' : 'keep';
      }
      progress.taken += 1;
      this.logger.log({ msg: DONE[kind], ...event, letter: letterId(message), operation: id });
      return isOne ? 'last' : 'take';
    };
    try {
      await this.looking(visit, isOne ? { patienceMs: PATIENCE_MS, signal } : { signal });
      await this.stored(() => operation.end());
      return progress;
    } catch (error) {
      await operation.fail(error).catch(() => undefined);
      if (operation.isCancelled && !isOne) return progress;
      throw error;
    } finally {
      operation.stop();
    }
  }

  /** Who waits for an answer waits so long for its turn, unless told otherwise. */
  private async looking(visit: Visit, waiting: Waiting = { patienceMs: PATIENCE_MS }) {
    try {
      return await this.scan.run(visit, waiting);
    } catch (error) {
      throw isProblem(error) ? error : new DeadLettersUnavailableError(error);
    }
  }

  private async stored<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      throw new DeadLettersUnavailableError(error);
    }
  }
}

function isProblem(error: unknown): error is Error {
  return error instanceof Error && 'httpStatus' in error;
}

function known(id: string, operation: DeadLetterOperation | undefined): DeadLetterOperation {
  if (operation === undefined) throw new DeadLetterNotFoundError(id, 0, 0);
  return operation;
}
