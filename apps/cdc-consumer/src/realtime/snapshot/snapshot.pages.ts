import { relaxedJsonOf, type BsonDocument } from '@sluice/contracts';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import { SharedMessage } from '../fan-out/shared.message.js';
import { projectedFields } from '../subscription/field-tree.js';
import type { SubscriptionQuery } from '../subscription/subscription.query.js';

/** A page is sent when it has grown to so much. */
const PAGE_BYTES = 131_072;
const FRAME_BYTES = 1_024;

/** Gathers documents into messages of a good size. */
export class SnapshotPages {
  private documents: string[] = [];
  private bytes = 0;

  constructor(private readonly maxMessageBytes: number) {}

  /**
   * Takes a document, as far as it may be seen now; one that no message has room for leaves a link, as in an event.
   * Answers a page where it is full without it.
   * @throws RealtimeRequestError where not even its key has room
   */
  add(document: BsonDocument, query: SubscriptionQuery): SharedMessage | undefined {
    const key = relaxedJsonOf(document['_id']);
    const whole = `"fullDocument":${relaxedJsonOf(projectedFields(document, query.view.fields))}`;
    const json = this.ifRoom(key, whole) ?? this.ifRoom(key, omissionOf(query.hrefOf(key)));
    if (json === undefined) throw tooLarge(key, this.maxMessageBytes);
    const bytes = Buffer.byteLength(json);
    const page = this.bytes + bytes > Math.min(PAGE_BYTES, this.room) ? this.page() : undefined;
    this.documents.push(json);
    this.bytes += bytes + 1;
    return page;
  }

  /** What is left, however little: its cursor says that it was the last. */
  last(cursor: string | undefined): SharedMessage {
    return this.page(cursor);
  }

  private get room(): number {
    return this.maxMessageBytes - FRAME_BYTES;
  }

  private ifRoom(key: string, rest: string): string | undefined {
    const json = `{"documentKey":{"_id":${key}},${rest}}`;
    return Buffer.byteLength(json) > this.room ? undefined : json;
  }

  private page(cursor?: string): SharedMessage {
    const message = new SharedMessage('snapshot', `,"documents":[${this.documents.join(',')}]}`, cursor);
    this.documents = [];
    this.bytes = 0;
    return message;
  }
}

function omissionOf(href: string | undefined): string {
  return `"omitted":["fullDocument"]${href === undefined ? '' : `,"href":${JSON.stringify(href)}`}`;
}

function tooLarge(key: string, allowed: number): RealtimeRequestError {
  return new RealtimeRequestError(
    'SLUICE-REALTIME-SNAPSHOT-TOO-LARGE',
    `found an _id of ${key.length} characters, ${key.slice(0, 100)}…; a message has at most ${allowed} bytes: leave its document out by \`where\``,
  );
}
