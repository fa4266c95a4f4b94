import { relaxedJsonOf, type BsonDocument } from '@sluice/contracts';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import { SharedMessage } from '../fan-out/shared.message.js';
import { projectedFields } from '../subscription/field-tree.js';
import type { View } from '../subscription/view.js';

/** A page is sent when it has grown to so much. */
const PAGE_BYTES = 131_072;
const FRAME_BYTES = 1_024;

/** Gathers documents into messages of a good size. */
export class SnapshotPages {
  private documents: string[] = [];
  private bytes = 0;

  constructor(private readonly maxMessageBytes: number) {}

  /** Takes a document, as far as it may be seen now; answers a page where it is full without it. @throws RealtimeRequestError */
  add(document: BsonDocument, { fields }: View): SharedMessage | undefined {
    const key = relaxedJsonOf(document['_id']);
    const json = `{"documentKey":{"_id":${key}},"fullDocument":${relaxedJsonOf(projectedFields(document, fields))}}`;
    const bytes = Buffer.byteLength(json);
    if (bytes > this.maxMessageBytes - FRAME_BYTES) throw tooLarge(key, bytes, this.maxMessageBytes);
    const page =
      this.bytes + bytes > Math.min(PAGE_BYTES, this.maxMessageBytes - FRAME_BYTES) ? this.page() : undefined;
    this.documents.push(json);
    this.bytes += bytes + 1;
    return page;
  }

  /** What is left, however little: its cursor says that it was the last. */
  last(cursor: string | undefined): SharedMessage {
    return this.page(cursor);
  }

  private page(cursor?: string): SharedMessage {
    const message = new SharedMessage('snapshot', `,"documents":[${this.documents.join(',')}]}`, cursor);
    this.documents = [];
    this.bytes = 0;
    return message;
  }
}

function tooLarge(key: string, bytes: number, allowed: number): RealtimeRequestError {
  return new RealtimeRequestError(
    'SLUICE-REALTIME-SNAPSHOT-TOO-LARGE',
    `the document ${key.slice(0, 100)} has ${bytes} bytes; a message has at most ${allowed}: leave out what is large by \`fields\``,
  );
}
