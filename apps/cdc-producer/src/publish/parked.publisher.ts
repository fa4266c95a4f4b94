import { HEADER_EPOCH } from '@sluice/contracts';
import { PublishError } from '@sluice/messaging';
import { untilAborted } from '@sluice/platform';
import { claimIn } from '../claim-check/message.claim.js';
import { StreamFencedError } from '../change-stream/stream.error.js';
import type { ChangeMessage } from './change-message.js';
import type { DocumentHash, ParkedEventStore } from './parked-event.js';
import type { ParkedDocuments } from './parked-documents.js';

export interface ParkedPublisherParts {
  readonly stream: string;
  readonly epoch: number;
  readonly store: ParkedEventStore;
  readonly documents: ParkedDocuments;
  /** Publishes and resolves with the broker's confirm. @throws PublishError where no queue took it */
  readonly deliver: (message: ChangeMessage) => Promise<void>;
  /** Has what the message refers to last longer. */
  readonly renew: (claims: readonly string[]) => Promise<void>;
  /** Whether no group asks for an event that came back any more: it may pass then. */
  readonly isNobodys: (message: ChangeMessage) => boolean;
  readonly skipped: () => void;
  readonly published: (message: ChangeMessage) => void;
  /** Asked before each publish: the broker takes messages, and the lease is not over. */
  readonly mayRun: () => boolean;
}

/** What one pass over the parked events has met. */
interface Pass {
  /** Documents that wait on: what is behind a blocked event of theirs must not overtake it; null: everything does. */
  readonly blocked: Set<DocumentHash>;
  /** The broker has them, or nobody wants them any more. */
  readonly through: ChangeMessage[];
  /** Over, it publishes no more: the stream may be another producer's by then. */
  readonly signal: AbortSignal;
}

/** Publishes parked events again: each document's oldest first, one at a time, and takes away what was confirmed. */
export class ParkedPublisher {
  constructor(private readonly parts: ParkedPublisherParts) {}

  /** Tries everything that is parked once; answers how many events were taken. @throws StreamFencedError */
  async tryAll(signal: AbortSignal): Promise<number> {
    const { store, stream, documents, mayRun } = this.parts;
    documents.beginPass();
    const blocked = new Set<DocumentHash>();
    let taken = 0;
    let behind: string | undefined;
    while (!signal.aborted && !blocked.has(null) && mayRun()) {
      const page = await store.oldest(stream, behind);
      // What is newer of them must not overtake what was parked behind the place where this pass reads.
      if (behind !== undefined) for (const document of documents.leftOut(behind)) blocked.add(document);
      behind = page.at(-1)?.position;
      if (behind === undefined || blocked.has(null)) break;
      const pass: Pass = { blocked, through: [], signal };
      await untilAborted(this.publishPage(page, pass), signal);
      await this.remove([...pass.through]);
      taken += pass.through.length;
    }
    return taken;
  }

  /** Documents side by side; a control event when all before it are through, and nothing beside it. */
  private async publishPage(page: readonly ChangeMessage[], pass: Pass): Promise<void> {
    const chains = new Map<DocumentHash, Promise<void>>();
    for (const message of page) {
      const { document } = message;
      if (document === null) {
        await Promise.all(chains.values());
        chains.clear();
        if (pass.blocked.size === 0) await this.attempt(message, pass);
        else pass.blocked.add(null);
        if (pass.blocked.has(null)) return;
      } else {
        const before = chains.get(document) ?? Promise.resolve();
        chains.set(
          document,
          before.then(() => this.attempt(message, pass)),
        );
      }
    }
    await Promise.all(chains.values());
  }

  private async attempt(message: ChangeMessage, { blocked, through, signal }: Pass): Promise<void> {
    if (blocked.has(message.document)) return;
    try {
      if (signal.aborted || !this.parts.mayRun()) throw new Error('publishing stands still');
      const claim = claimIn(message);
      if (claim !== undefined) await this.parts.renew([claim]);
      await this.parts.deliver(this.stamped(message));
      this.parts.published(message);
      through.push(message);
    } catch (error) {
      // What was kept for a group that is gone, or asks for it no more, would keep its document from all others for ever.
      if (isUnroutable(error) && this.parts.isNobodys(message)) {
        this.parts.skipped();
        through.push(message);
      } else blocked.add(message.document); // why it does not go out is the gate's and the group watch's to tell; it is tried again
    }
  }

  /** With the epoch of now: a partition keeps out what an earlier holder of the stream sends. */
  private stamped({ properties, ...message }: ChangeMessage): ChangeMessage {
    const headers = { ...(properties.headers as Record<string, unknown>), [HEADER_EPOCH]: this.parts.epoch }; // amqplib types them any
    return { ...message, properties: { ...properties, headers } };
  }

  private async remove(messages: readonly ChangeMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const { store, stream, epoch, documents } = this.parts;
    const ids = messages.map(({ id }) => id);
    if ((await store.remove(stream, epoch, ids)) === 'fenced') throw new StreamFencedError(stream);
    const touched = [...new Set(messages.map(({ document }) => document))];
    documents.beginRelease();
    const still = await store.stillParked(stream, touched);
    documents.release(touched.filter((document) => !still.has(document)));
  }
}

function isUnroutable(error: unknown): boolean {
  return error instanceof PublishError && error.code === 'SLUICE-PUBLISH-UNROUTABLE';
}
