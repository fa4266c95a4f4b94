import type { EarlierAttempts, HandlerParking, WaitingHandler } from '@sluice/handlers';
import type { ParkedOutcome } from './parked.lane.js';
import type { FoundEvent } from './parked-event.js';

/** A parked event's run: its attempts go on from those before, and another wait leaves it where it is. */
export class PostponedParking implements HandlerParking {
  readonly earlier?: EarlierAttempts;
  private waiting: WaitingHandler | undefined;

  constructor({ attempts, firstFailedAt }: Pick<FoundEvent, 'attempts' | 'firstFailedAt'>) {
    if (firstFailedAt !== null) this.earlier = { attempts, firstFailedAt };
  }

  /** It is its lane's first. */
  mustFollow(): boolean {
    return false;
  }
  follow(): Promise<void> {
    return Promise.resolve();
  }
  park(waiting: WaitingHandler): Promise<void> {
    this.waiting = waiting;
    return Promise.resolve();
  }

  get outcome(): ParkedOutcome {
    if (this.waiting === undefined) return { kind: 'settled' };
    const { attempts, firstFailedAt, lastFailedAt, delayMs } = this.waiting;
    return { kind: 'postponed', attempts, firstFailedAt, dueAt: new Date(lastFailedAt.getTime() + delayMs) };
  }
}
