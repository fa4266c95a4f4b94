import type { RealtimeMessage, RealtimeRequest } from '@sluice/contracts';
import type { RealtimeClock } from './realtime.clock.js';
import { CLIENT_ERROR, RealtimeError } from './realtime.error.js';
import { afterClose, delayOf, type ReconnectOptions } from './reconnect.policy.js';
import { addressOf, type WebSocketConstructor, type WebSocketLike } from './web-socket.js';

/** `waiting`: lost, and tried again after a while; `disconnected`: by `disconnect()`; `closed`: for good. */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'waiting' | 'disconnected' | 'closed';

export interface ConnectionOptions {
  readonly url: string;
  readonly ticket?: (() => Promise<string>) | undefined;
  readonly WebSocket: WebSocketConstructor;
  readonly reconnect: ReconnectOptions;
  readonly timeoutMs: number;
  readonly clock: RealtimeClock;
}

export interface ConnectionOwner {
  changed(state: ConnectionState, reason?: RealtimeError): void;
  /** It is open: whatever is wanted has to be asked for. */
  opened(): void;
  received(message: RealtimeMessage, bytes: number): void;
}

/** Silent for so many heartbeats, the connection counts as dead: two are missing, and were given time on the way. */
const SILENT_HEARTBEATS = 2.5;
/** Who is to come back later waits as after so many attempts in vain. */
const LATER = 5;

/** One connection to the gateway, made again whenever it is lost, until it is closed or refused for good. */
export class RealtimeConnection {
  state: ConnectionState = 'idle';
  private socket: WebSocketLike | undefined;
  /** In vain since the last message that was worth a connection. */
  private attempts = 0;
  /** Changes with each attempt: what an earlier one still brings is nobody's any more. */
  private attempt = {};
  private heartbeatMs: number | undefined;
  private heardAt = 0;
  private cancelTimer = (): void => undefined;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly owner: ConnectionOwner,
  ) {}

  /** Nothing happens while it is open, on its way, or closed. */
  connect(): void {
    if (this.state === 'idle' || this.state === 'disconnected' || this.state === 'waiting') void this.dial();
  }

  /** Lets go of the socket; without a later `connect` it stays so. */
  disconnect(state: 'disconnected' | 'closed', reason?: RealtimeError): void {
    if (this.state === 'closed') return;
    this.release();
    this.to(state, reason);
  }

  send(request: RealtimeRequest): void {
    if (this.state !== 'open') return; // `opened` asks for everything that is wanted
    this.socket?.send(JSON.stringify(request));
    this.watch();
  }

  private async dial(): Promise<void> {
    this.release();
    const attempt = this.attempt;
    this.watch(); // a ticket may never come either
    this.to('connecting');
    try {
      const ticket = await this.options.ticket?.();
      if (attempt === this.attempt) this.openSocket(addressOf(this.options.url, ticket));
    } catch (cause) {
      if (attempt !== this.attempt) return;
      if (cause instanceof RealtimeError) return this.disconnect('closed', cause);
      this.lose(`no ticket: ${whyOf(cause)}`, { cause });
    }
  }

  private openSocket(address: string): void {
    const socket = this.newSocket(address);
    const ifCurrent =
      <E>(then: (event: E) => void) =>
      (event: E): void => {
        if (socket === this.socket) then(event);
      };
    this.socket = socket;
    this.watch();
    socket.onopen = ifCurrent(() => {
      this.cancelTimer(); // until something is asked for, nothing has to come
      this.to('open');
      this.owner.opened();
    });
    socket.onmessage = ifCurrent(({ data }: { readonly data: unknown }) => this.take(data));
    socket.onerror = () => undefined; // a close follows; `ws` throws what nobody listens to
    socket.onclose = ifCurrent(({ code, reason }: { readonly code: number; readonly reason: string }) =>
      this.afterClose(code, reason),
    );
  }

  private newSocket(address: string): WebSocketLike {
    try {
      return new this.options.WebSocket(address);
    } catch (cause) {
      const why = `"${this.options.url}" cannot be opened: ${whyOf(cause)}`;
      throw new RealtimeError(CLIENT_ERROR.notOpened, why, { cause });
    }
  }

  private take(data: unknown): void {
    this.heardAt = this.options.clock.now();
    if (typeof data !== 'string') return; // nothing of this protocol
    let message: RealtimeMessage;
    try {
      message = JSON.parse(data) as RealtimeMessage; // the server keeps the contract; a page has no use for a second check
    } catch {
      return this.lose('a message that is not JSON');
    }
    if (message.type === 'subscribed') this.expectEvery(message.heartbeatMs);
    else if (message.type !== 'error') this.attempts = 0; // one that only takes and refuses is not worth coming back to soon
    this.owner.received(message, data.length);
  }

  private expectEvery(heartbeatMs: number): void {
    if (heartbeatMs === this.heartbeatMs) return;
    this.heartbeatMs = heartbeatMs;
    this.watch();
  }

  /** Closes what says nothing for too long: a cut that neither side is told of would last for minutes. */
  private watch(): void {
    this.cancelTimer();
    this.heardAt = this.options.clock.now();
    this.watchFrom(this.heardAt);
  }

  private watchFrom(heardAt: number): void {
    const { clock, timeoutMs } = this.options;
    const limitMs = this.heartbeatMs ? this.heartbeatMs * SILENT_HEARTBEATS : timeoutMs;
    this.cancelTimer = clock.after(Math.max(1, heardAt + limitMs - clock.now()), () => {
      if (this.heardAt === heardAt) this.lose(`nothing came for ${limitMs / 1000} s`);
      else this.watchFrom(this.heardAt);
    });
  }

  private afterClose(code: number, reason: string): void {
    const what = `closed with ${code}${reason ? ` (${reason})` : ''}`;
    const then = afterClose(code);
    if (then === 'end') return this.disconnect('closed', new RealtimeError(CLIENT_ERROR.refused, what));
    if (then === 'later') this.attempts = Math.max(this.attempts, LATER);
    this.lose(what);
  }

  private lose(what: string, options?: ErrorOptions): void {
    const { clock, reconnect } = this.options;
    this.release();
    this.cancelTimer = clock.after(delayOf(this.attempts, clock.random(), reconnect), () => void this.dial());
    this.attempts += 1;
    this.to('waiting', new RealtimeError(CLIENT_ERROR.connectionLost, what, options));
  }

  private release(): void {
    const { socket } = this;
    this.cancelTimer();
    this.attempt = {};
    this.socket = undefined;
    this.heartbeatMs = undefined;
    socket?.close(1000);
  }

  private to(state: ConnectionState, reason?: RealtimeError): void {
    this.state = state;
    this.owner.changed(state, reason);
  }
}

/** A browser takes no more of our libraries along than it needs. */
function whyOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
