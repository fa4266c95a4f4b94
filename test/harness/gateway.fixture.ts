import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type {
  RealtimeDocument,
  RealtimeEvent,
  RealtimeMessage,
  RealtimeRequest,
  RealtimeValue,
} from '@sluice/contracts';
import { realtimeMessageSchema, realtimeRequestSchema } from '@sluice/contracts';
import { WebSocketServer, type WebSocket } from 'ws';

type Document = RealtimeDocument & { readonly _id: RealtimeValue };
type Subscribe = Extract<RealtimeRequest, { type: 'subscribe' }>;
type Change = Partial<RealtimeEvent> & Pick<RealtimeEvent, 'operation'>;

/** What has happened, and what of it is told to whom. */
interface Entry {
  readonly before: Document | undefined;
  readonly after: Document | undefined;
  /** Undefined for changes that are lost: a gap. */
  readonly event: RealtimeEvent | undefined;
  readonly withoutLookup: boolean;
}

interface Served {
  readonly socket: WebSocket;
  readonly request: Subscribe;
  position: number;
  isEnded: boolean;
  isSending: boolean;
}

export const FIXTURE_NAMESPACE = 'shop.orders';
const PAGE = 3;

/**
 * A gateway that speaks the contract over real sockets, with its feed in memory: for tests of clients, which cut it
 * where they like. Every message in both directions is checked against the contract.
 */
export class GatewayFixture {
  readonly requests: RealtimeRequest[] = [];
  readonly addresses: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  readonly documents = new Map<RealtimeValue, Document>();
  readonly log: Entry[] = [];
  heartbeatMs = 60_000;
  /** Answers nothing any more, while the connections stay. */
  isSilent = false;
  private floor = 0;
  private framesLeft = Infinity;
  private readonly served = new Set<Served>();
  private readonly faults: unknown[] = [];

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket, request) => {
      this.addresses.push(request.url ?? '');
      this.authorizations.push(request.headers.authorization);
      socket.on('message', (data: Buffer) => this.guarded(() => this.answer(socket, data.toString())));
      socket.on('close', () => this.forget((each) => each.socket === socket));
    });
  }

  static async start(): Promise<GatewayFixture> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/realtime' });
    await once(server, 'listening');
    return new GatewayFixture(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/realtime`;
  }

  get connections(): number {
    return this.server.clients.size;
  }

  /** Stores a document, and tells of it with the document or, `withoutLookup`, with what has changed in it alone. */
  write(_id: RealtimeValue, fields: RealtimeDocument, { withoutLookup = false } = {}): void {
    const before = this.documents.get(_id);
    const after = { _id, ...before, ...fields };
    this.documents.set(_id, after);
    const change: Change = before
      ? { operation: 'update', updateDescription: { updatedFields: fields } }
      : { operation: 'insert' };
    this.tell(before, after, { ...change, documentKey: { _id } }, withoutLookup && before !== undefined);
  }

  delete(_id: RealtimeValue): void {
    const before = this.documents.get(_id);
    if (!this.documents.delete(_id)) return;
    this.tell(before, undefined, { operation: 'delete', documentKey: { _id } });
  }

  drop(): void {
    this.documents.clear();
    this.tell(undefined, undefined, { operation: 'drop' });
  }

  /** A change of which only a gap is told. */
  lose(_id: RealtimeValue, fields: RealtimeDocument): void {
    const before = this.documents.get(_id);
    const after = { _id, ...before, ...fields };
    this.documents.set(_id, after);
    this.log.push({ before, after, event: undefined, withoutLookup: false });
    this.wake();
  }

  /** Everything so far is older than the retention. */
  expire(): void {
    this.floor = this.log.length;
  }

  /** Breaks all connections, after so many more messages. */
  cut(afterMessages = 0): void {
    this.framesLeft = afterMessages;
    if (afterMessages === 0) this.terminateAll();
  }

  close(code: number, reason = ''): void {
    for (const socket of this.server.clients) socket.close(code, reason);
  }

  /** What one of the contract's messages is sent to, whoever it is for. */
  send(message: RealtimeMessage): void {
    for (const socket of this.server.clients) this.sendTo(socket, message);
  }

  heartbeat(): void {
    for (const socket of this.server.clients) {
      const own = [...this.served].filter((each) => each.socket === socket);
      const cursors = Object.fromEntries(own.map(({ request, position }) => [request.id, cursorOf(position)]));
      this.sendTo(socket, { type: 'heartbeat', cursors });
    }
  }

  /** Fails with what was against the contract. */
  async stop(): Promise<void> {
    this.terminateAll();
    await new Promise((resolve) => this.server.close(resolve));
    if (this.faults.length > 0) throw new AggregateError(this.faults, 'against the contract');
  }

  private terminateAll(): void {
    this.framesLeft = Infinity;
    for (const socket of this.server.clients) socket.terminate();
  }

  private tell(before: Document | undefined, after: Document | undefined, change: Change, withoutLookup = false): void {
    const [db = '', coll = ''] = FIXTURE_NAMESPACE.split('.');
    const id = `e${this.log.length}`;
    const wallTime = new Date(this.log.length).toISOString();
    this.log.push({
      before,
      after,
      event: { id, stream: 'main', ns: { db, coll }, wallTime, ...change },
      withoutLookup,
    });
    this.wake();
  }

  private answer(socket: WebSocket, text: string): void {
    if (this.isSilent) return;
    const request = realtimeRequestSchema.parse(JSON.parse(text));
    this.requests.push(request);
    if (request.type === 'subscribe') return this.subscribe(socket, request);
    this.forget((each) => each.socket === socket && each.request.id === request.id);
    this.sendTo(socket, { type: 'unsubscribed', id: request.id });
  }

  private subscribe(socket: WebSocket, request: Subscribe): void {
    const { id, from = 'now', snapshot } = request;
    const position = from === 'now' ? this.log.length : positionOf(from);
    const served = { socket, request, position, isEnded: false, isSending: false };
    this.served.add(served);
    const cursor = snapshot ? {} : { cursor: cursorOf(position) };
    this.sendTo(socket, { type: 'subscribed', id, heartbeatMs: this.heartbeatMs, ...cursor });
    if (snapshot) void this.sendSnapshot(served);
    else void this.sendChanges(served);
  }

  private async sendSnapshot(served: Served): Promise<void> {
    served.isSending = true;
    const { id, where = {} } = served.request;
    const documents = [...this.documents.values()].filter((document) => matches(document, where));
    const found = documents.map((fullDocument) => ({ documentKey: { _id: fullDocument._id }, fullDocument }));
    const position = this.log.length;
    for (let at = 0; at === 0 || at < found.length; at += PAGE) {
      const last = at + PAGE >= found.length ? { cursor: cursorOf(position) } : {};
      this.sendTo(served.socket, { type: 'snapshot', id, documents: found.slice(at, at + PAGE), ...last });
      await turn();
    }
    served.position = position;
    served.isSending = false;
    await this.sendChanges(served);
  }

  private wake(): void {
    for (const served of this.served) void this.sendChanges(served);
  }

  private async sendChanges(served: Served): Promise<void> {
    if (served.isSending) return;
    served.isSending = true;
    while (!served.isEnded && served.position < this.log.length) {
      this.sendNext(served);
      await turn();
    }
    served.isSending = false;
  }

  private sendNext(served: Served): void {
    const { id, where = {} } = served.request;
    if (served.position < this.floor) {
      served.position = this.floor;
      const gap = { reason: 'retention', from: new Date(0).toISOString(), to: new Date(1).toISOString() } as const;
      return this.sendTo(served.socket, { type: 'gap', id, cursor: cursorOf(this.floor), ...gap });
    }
    const entry = this.log[served.position];
    served.position += 1;
    const message = entry && messageOf(entry, where, served.position, id);
    if (message) this.sendTo(served.socket, message);
  }

  private sendTo(socket: WebSocket, message: RealtimeMessage): void {
    if (this.isSilent) return;
    this.guarded(() => realtimeMessageSchema.parse(message));
    socket.send(JSON.stringify(message), () => undefined); // one that is cut just now is no fault
    this.framesLeft -= 1;
    if (this.framesLeft <= 0) this.terminateAll();
  }

  private forget(which: (served: Served) => boolean): void {
    for (const served of this.served) {
      if (!which(served)) continue;
      served.isEnded = true;
      this.served.delete(served);
    }
  }

  private guarded(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      this.faults.push(error);
    }
  }
}

/** As the contract says: an event where it matches, a leave where it matched before. */
function messageOf(
  { before, after, event, withoutLookup }: Entry,
  where: RealtimeDocument,
  position: number,
  id: string,
): RealtimeMessage | undefined {
  const cursor = cursorOf(position);
  if (!event) return { type: 'gap', id, cursor, reason: 'overtaken', from: null, to: null };
  const { operation, documentKey, ns } = event;
  if (documentKey === undefined) return { type: 'event', id, cursor, event };
  const isWhole = Object.keys(where).length === 0;
  const wasMatching = before !== undefined && matches(before, where);
  if (after === undefined) return wasMatching ? { type: 'event', id, cursor, event } : undefined;
  if (matches(after, where)) {
    const { updateDescription: _inDocument, ...looked } = event;
    const told = withoutLookup && isWhole ? { ...event, fullDocument: null } : { ...looked, fullDocument: after };
    return { type: 'event', id, cursor, event: told };
  }
  return wasMatching ? { type: 'leave', id, cursor, ns, documentKey, operation } : undefined;
}

export function matches(document: RealtimeDocument, where: RealtimeDocument): boolean {
  return Object.entries(where).every(([field, value]) => document[field] === value);
}

function cursorOf(position: number): string {
  return `c1.${Buffer.from(String(position)).toString('base64url')}`;
}

function positionOf(cursor: string): number {
  return Number(Buffer.from(cursor.slice('c1.'.length), 'base64url').toString());
}
