import type { OutgoingMessage } from '@sluice/messaging';

/** A change on its way to the broker, with what is needed to judge and count it. */
export interface ChangeMessage extends OutgoingMessage {
  readonly id: string;
  /** `<operation>.<db>.<collection>`: the routing key has a bucket in front and may shorten a long name. */
  readonly pattern: string;
  readonly operation: string;
}
