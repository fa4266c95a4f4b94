import { EventBuilder, InMemoryInbox } from '@sluice/testing';
import { ModelQueue } from './model-queue.fixture.spec.js';

export interface Versioned {
  readonly _id: number;
  readonly version: number;
}

/** A call of the handler that waits to be told how it ends. */
interface OpenCall {
  readonly owner: number;
  readonly end: (error?: Error) => void;
}

/** What one run of the model is about; the handler is Nest's and outlives the runs. */
export class World {
  readonly queue = new ModelQueue();
  readonly inbox = new InMemoryInbox();
  readonly builder = new EventBuilder({ startAt: new Date() });
  readonly published: string[] = [];
  readonly effects: Versioned[] = [];
  readonly letters: { readonly event: string; readonly reason: string }[] = [];
  readonly dead = new Set<number>();
  readonly calls: OpenCall[] = [];

  publish(document: number): void {
    const version = this.published.length;
    this.published.push(`${document} ${version}`);
    this.queue.publish(this.builder.aReplace('shop.orders', { _id: document, version }));
  }

  /** The effect is the last thing that the handler does: it stands if, and only if, the inbox commits. */
  async handle(document: Versioned, owner: number): Promise<void> {
    if (this.dead.has(owner)) throw new Error('nothing is called in a process that is dead');
    await new Promise<void>((resolve, reject) => {
      const call: OpenCall = {
        owner,
        end: (error) => {
          this.calls.splice(this.calls.indexOf(call), 1);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.calls.push(call);
    });
    this.effects.push(document);
  }
}
