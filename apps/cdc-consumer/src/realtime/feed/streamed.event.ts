import {
  decodeChangeEvent,
  parseNamespace,
  namespaceName,
  SHORTENED,
  UnreadableMessageError,
  type ChangeEvent,
} from '@sluice/contracts';
import type { FeedEvent } from './feed-entry.js';
import type { CursorPlace } from './feed.slot.js';
import type { StreamedChange, StreamMessage } from './stream-message.js';

/** What is known of a message that cannot be read; its headers say stream and position, where it is ours. */
export interface UnreadableMessage
  extends Pick<StreamMessage, 'offset' | 'id'>, Partial<Pick<StreamedChange, 'stream' | 'position'>> {}

/** Told of a body that is none of a change event. */
export type OnUnreadable = (message: UnreadableMessage, error: UnreadableMessageError) => void;

const NOT_READ = Symbol('not read');
/** Their routing keys name the change stream instead. */
const WITHOUT_NAMESPACE = new Set(['invalidate', 'gap']);

/** A change in the stream queue. Its body is given up once it has been read. */
export class StreamedEvent implements FeedEvent {
  readonly kind = 'event';
  readonly id: string;
  readonly bytes: number;
  private readonly contentType: string | undefined;
  private body: Buffer | undefined;
  private read: ChangeEvent | undefined | typeof NOT_READ = NOT_READ;

  constructor(
    private readonly place: CursorPlace,
    private readonly change: StreamedChange,
    { id, body, contentType }: StreamMessage,
    private readonly onUnreadable: OnUnreadable,
  ) {
    this.id = id;
    this.bytes = body.length;
    this.contentType = contentType;
    this.body = Buffer.from(body); // a slice would keep the whole of what the socket brought with it
  }

  get offset(): number {
    return this.place.offset;
  }
  get cursor(): string {
    return this.place.cursor;
  }
  get stream(): string {
    return this.change.stream;
  }
  get position(): string {
    return this.change.position;
  }
  get operation(): string {
    return this.change.operation;
  }

  /** Very long names are in the body alone. */
  get namespace(): string | undefined {
    const { operation, topic } = this.change;
    if (WITHOUT_NAMESPACE.has(operation)) return undefined;
    const { coll } = parseNamespace(topic);
    if (coll?.startsWith(`${SHORTENED}.`) !== true) return topic;
    const ns = this.event?.ns;
    return ns?.db === undefined ? undefined : namespaceName({ ...ns, db: ns.db });
  }

  get event(): ChangeEvent | undefined {
    if (this.read === NOT_READ) this.read = this.readBody();
    return this.read;
  }

  private readBody(): ChangeEvent | undefined {
    const { body, contentType } = this;
    this.body = undefined;
    if (body === undefined) return undefined;
    try {
      return decodeChangeEvent(body, contentType).event;
    } catch (error) {
      if (!(error instanceof UnreadableMessageError)) throw error;
      this.onUnreadable(this, error);
      return undefined;
    }
  }
}
