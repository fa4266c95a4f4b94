import type { InsertEvent, ReplaceEvent } from '@sluice/contracts';
import { OnChange, type EventContext } from '@sluice/handlers';

export interface Versioned {
  readonly _id: number;
  readonly version: number;
}

/** Records what it handles, and does in between what the test wants. */
export class RecordingHandler {
  readonly handled: Versioned[] = [];
  /** Documents of which two events were being handled at the same time. */
  readonly overlaps: number[] = [];
  private readonly running = new Set<number>();

  constructor(private readonly work: (document: Versioned, context: EventContext) => unknown = () => undefined) {}

  @OnChange({ operations: ['insert', 'replace'], namespace: 'shop.orders', retry: { attempts: 2, initialDelayMs: 1 } })
  async handle(event: InsertEvent<Versioned> | ReplaceEvent<Versioned>, context: EventContext): Promise<void> {
    const { _id, version } = event.fullDocument;
    if (this.running.has(_id)) this.overlaps.push(_id);
    this.running.add(_id);
    try {
      await this.work({ _id, version }, context);
      this.handled.push({ _id, version });
    } finally {
      this.running.delete(_id);
    }
  }

  versionsOf(id: number): number[] {
    return this.handled.filter(({ _id }) => _id === id).map(({ version }) => version);
  }
}
