import type { Position } from '@sluice/contracts';
import type { ClientSession } from 'mongodb';

/** A change's place among its document's changes. */
export interface Version {
  readonly eventId: string;
  readonly stream: string;
  readonly position: Position;
}

/** The document that a change is about, as its fence is kept. */
export interface FencedDocument {
  readonly namespace: string;
  /** Its `_id`. */
  readonly id: unknown;
  /** Deletes leave a version behind as a tombstone. */
  readonly deleted: boolean;
}

/** An event as one handler, whose effects happen once, is to be given it. */
export interface InboxEntry extends Version {
  readonly group: string;
  readonly handler: string;
  /** None where a change concerns more than one document: such an event has an entry, and no fence. */
  readonly document?: FencedDocument;
  /** A dead letter that was sent back: only such an event may come after the tombstone that it had to meet is gone. */
  readonly replayed: boolean;
  /** Name of the Mongoose connection that the entry lives in; the default one unless given. */
  readonly connection?: string;
}

/** How an event fared in the inbox. */
export type InboxOutcome =
  | { readonly kind: 'handled' }
  /** Handled before: not called. */
  | { readonly kind: 'repeated' }
  /** Overtaken: a later change of the document was handled, this one never was. Not called. */
  | { readonly kind: 'superseded'; readonly by: Version }
  /** Older than what tombstones remember: nobody can tell whether it was overtaken. Not called. */
  | { readonly kind: 'expired' };

/** What a handler does with its event, in the inbox's transaction. */
export type InboxWork = (session: ClientSession) => Promise<unknown>;

/** The events that handlers have dealt with, kept together with what they wrote. */
export abstract class Inbox {
  /**
   * Calls `work` unless the event was handled or overtaken. Its writes with the session, the entry and the document's
   * version are committed together, by majority, or not at all; `work` is called again where the transaction has to be
   * run again. Rejects with what `work` threw, or with `InboxUnavailableError`.
   */
  abstract handle(entry: InboxEntry, work: InboxWork): Promise<InboxOutcome>;
}
