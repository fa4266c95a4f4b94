import type { RealtimeMessage } from '@sluice/contracts';
import type { SnapshotPoint } from '../subscription/snapshot.point.js';

/** How a client is reached; each has a form of its own for the same message. */
export type Wire = 'websocket' | 'sse';

/** A subscription, as its messages name it. */
export interface Recipient {
  readonly id: string;
  /** Goes along in its cursors. */
  readonly point: SnapshotPoint | undefined;
  /** `Outlet.idSuffix`. */
  readonly idSuffix: string;
}

/**
 * One message for many subscriptions: their names differ, and cursors where they carry something of their own; the rest
 * is written once, and most are sent the same bytes.
 */
export class SharedMessage {
  private readonly rest: Buffer;
  private readonly frames = new Map<string, readonly [Buffer]>();
  /** Most clients call their subscription the same. */
  private last: { readonly wire: Wire; readonly id: string; readonly frame: readonly [Buffer] } | undefined;

  constructor(
    readonly type: RealtimeMessage['type'],
    /** Behind id and cursor: the other fields as JSON, from the comma to the closing brace. */
    rest: string,
    /** The feed's. */
    private readonly cursor?: string,
  ) {
    this.rest = Buffer.from(rest);
  }

  /** Of any subscription's message, but for its name and what a snapshot adds to its cursor. */
  get size(): number {
    return this.rest.length + (this.cursor?.length ?? 0);
  }

  /** What goes over the wire for a subscription. */
  parts(wire: Wire, { id, point, idSuffix }: Recipient): readonly Buffer[] {
    const { cursor } = this;
    if (cursor === undefined || (point === undefined && idSuffix === '')) return this.shared(wire, id);
    const head = this.head(wire, id, point?.at(cursor) ?? cursor, idSuffix);
    return wire === 'websocket' ? [head, this.rest] : [head, this.rest, EVENT_END];
  }

  private shared(wire: Wire, id: string): readonly [Buffer] {
    const { last } = this;
    if (last !== undefined && last.id === id && last.wire === wire) return last.frame;
    const key = `${wire} ${id}`;
    let frame = this.frames.get(key);
    if (frame === undefined) this.frames.set(key, (frame = [this.framed(wire, id)]));
    this.last = { wire, id, frame };
    return frame;
  }

  private framed(wire: Wire, id: string): Buffer {
    const head = this.head(wire, id, this.cursor);
    return Buffer.concat(wire === 'websocket' ? [head, this.rest] : [head, this.rest, EVENT_END]);
  }

  private head(wire: Wire, id: string, cursor: string | undefined, suffix = ''): Buffer {
    const field = cursor === undefined ? '' : `,"cursor":"${cursor}"`;
    const json = `{"type":"${this.type}","id":${JSON.stringify(id)}${field}`;
    if (wire === 'websocket') return Buffer.from(json);
    const eventId = cursor === undefined ? '' : `id: ${cursor}${suffix}\n`;
    return Buffer.from(`event: ${this.type}\n${eventId}data: ${json}`);
  }
}

/** JSON has no line break of its own, so one line holds it. https://html.spec.whatwg.org/multipage/server-sent-events.html */
const EVENT_END = Buffer.from('\n\n');

/** A message of one subscription, as `SharedMessage` writes it. */
export function messageOf(message: MessageWithoutId): SharedMessage {
  const { type, cursor, ...fields } = { cursor: undefined, ...message };
  const json = JSON.stringify(fields);
  return new SharedMessage(type, json === '{}' ? '}' : `,${json.slice(1)}`, cursor);
}

type MessageWithoutId = RealtimeMessage extends infer Message
  ? Message extends { id?: unknown }
    ? Omit<Message, 'id'> & Pick<RealtimeMessage, 'type'>
    : never
  : never;
