import type { RealtimeMessage } from '@sluice/contracts';

/** How a client is reached; each has a form of its own for the same message. */
export type Wire = 'websocket' | 'sse';

/**
 * One message for many subscriptions: their names differ, the rest is written once, and whoever has the same name is
 * sent the same bytes.
 */
export class SharedMessage {
  private readonly bytes: Buffer;
  private readonly frames = new Map<string, Buffer>();
  /** Most clients call their subscription the same. */
  private last: { readonly wire: Wire; readonly id: string; readonly frame: Buffer } | undefined;

  constructor(
    readonly type: RealtimeMessage['type'],
    /** Behind `"id":"…"`: the other fields as JSON, from the comma to the closing brace. */
    rest: string,
    private readonly cursor?: string,
  ) {
    this.bytes = Buffer.from(rest);
  }

  /** Of any subscription's message, but for its name. */
  get size(): number {
    return this.bytes.length;
  }

  /** What goes over the wire for the subscription of that name. */
  frame(wire: Wire, id: string): Buffer {
    const { last } = this;
    if (last !== undefined && last.id === id && last.wire === wire) return last.frame;
    const key = `${wire} ${id}`;
    let frame = this.frames.get(key);
    if (frame === undefined) this.frames.set(key, (frame = this.framed(wire, id)));
    this.last = { wire, id, frame };
    return frame;
  }

  private framed(wire: Wire, id: string): Buffer {
    const head = `{"type":"${this.type}","id":${JSON.stringify(id)}`;
    if (wire === 'websocket') return Buffer.concat([Buffer.from(head), this.bytes]);
    const cursor = this.cursor === undefined ? '' : `id: ${this.cursor}\n`;
    const fields = `event: ${this.type}\n${cursor}data: ${head}`;
    return Buffer.concat([Buffer.from(fields), this.bytes, EVENT_END]);
  }
}

/** JSON has no line break of its own, so one line holds it. https://html.spec.whatwg.org/multipage/server-sent-events.html */
const EVENT_END = Buffer.from('\n\n');

/** A message of one subscription, as `SharedMessage` writes it. */
export function messageOf({ type, ...fields }: MessageWithoutId, cursor?: string): SharedMessage {
  const json = JSON.stringify(fields);
  return new SharedMessage(type, json === '{}' ? '}' : `,${json.slice(1)}`, cursor);
}

type MessageWithoutId = RealtimeMessage extends infer Message
  ? Message extends { id?: unknown }
    ? Omit<Message, 'id'> & Pick<RealtimeMessage, 'type'>
    : never
  : never;
