import type { OutgoingMessage } from '@sluice/messaging';

/** A change on its way to the broker, with what is needed to judge, order and count it. */
export interface ChangeMessage extends OutgoingMessage {
  readonly id: string;
  /** `<operation>.<db>.<collection>`: the routing key has a bucket in front and may shorten a long name. */
  readonly pattern: string;
  readonly operation: string;
  /** `positionKey`: its place in the stream. */
  readonly position: string;
  /** `documentHashOf` its document; null for a control event, which is about no document. */
  readonly document: number | null;
}
