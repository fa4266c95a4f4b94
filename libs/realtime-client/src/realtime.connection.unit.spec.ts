import { REALTIME_CLOSE, type RealtimeMessage } from '@sluice/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RealtimeClock } from './realtime.clock.js';
import { RealtimeConnection, type ConnectionOptions } from './realtime.connection.js';
import { CLIENT_ERROR, RealtimeError } from './realtime.error.js';
import { webSocketConstructor, type WebSocketLike } from './web-socket.js';

/** A socket whose other end is the test. */
class Socket implements WebSocketLike {
  static all: Socket[] = [];
  onopen: WebSocketLike['onopen'] = null;
  onmessage: WebSocketLike['onmessage'] = null;
  onclose: WebSocketLike['onclose'] = null;
  onerror: WebSocketLike['onerror'] = null;
  readonly sent: string[] = [];
  closedWith: number | undefined;

  constructor(readonly url: string) {
    if (url.includes('forbidden')) throw new SyntaxError('the URL is not one');
    Socket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(code?: number): void {
    this.closedWith = code;
  }

  // Each handler takes what its event has; the interface leaves open what.
  opens = (): void => this.onopen?.({} as never);
  closes = (code: number): void => this.onclose?.({ code, reason: '' } as never);
  brings = (message: RealtimeMessage): void => this.onmessage?.({ data: JSON.stringify(message) } as never);
}

/** Time that the test lets pass. */
class TestClock implements RealtimeClock {
  private time = 0;
  private timers = new Set<{ at: number; action: () => void }>();
  now = (): number => this.time;
  random = (): number => 0.5;
  after = (ms: number, action: () => void): (() => void) => {
    const timer = { at: this.time + ms, action };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  };

  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [next] = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.timers.delete(next);
      this.time = next.at;
      next.action();
    }
    this.time = end;
  }
}

const changed = vi.fn();
const owner = { changed, opened: vi.fn(), received: vi.fn() };
let clock: TestClock;
beforeEach(() => {
  Socket.all = [];
  clock = new TestClock();
});
afterEach(() => vi.resetAllMocks());

function aConnection(options: Partial<ConnectionOptions> = {}): RealtimeConnection {
  const reconnect = { initialDelayMs: 1_000, maxDelayMs: 8_000 };
  const all = { url: 'https://a.example/realtime', WebSocket: Socket, reconnect, timeoutMs: 5_000, clock, ...options };
  return new RealtimeConnection({ ticket: undefined, ...all }, owner);
}
/** The newest socket, once what was promised is settled. */
async function socket(count: number): Promise<Socket> {
  await vi.waitFor(() => expect(Socket.all).toHaveLength(count));
  return Socket.all.at(-1) as Socket; // there are `count`
}

describe('a connection', () => {
  it('waits longer after each attempt in vain, and as at first after one that brought something', async () => {
    const connection = aConnection();
    connection.connect();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 6; attempt++) {
      const { opens, brings, closes } = await socket(attempt);
      opens();
      brings({ type: 'subscribed', id: 's1', heartbeatMs: 60_000 }); // taking it is not worth much yet
      if (attempt === 5) brings({ type: 'heartbeat', cursors: {} });
      closes(1006);
      const before = clock.now();
      expect(connection.state).toBe('waiting');
      while (connection.state === 'waiting') clock.pass(100);
      waits.push(clock.now() - before);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 500, 1_000]);
  });

  it('comes back much later after too many messages, and at once when asked to', async () => {
    const connection = aConnection();
    connection.connect();
    (await socket(1)).closes(REALTIME_CLOSE.tooManyMessages);
    clock.pass(3_900);
    expect(connection.state).toBe('waiting');
    connection.connect();
    await socket(2);
    clock.pass(1_000);
    expect(Socket.all).toHaveLength(2);
  });

  it('gives up an attempt that is not answered, and what that one still says is not heard', async () => {
    const connection = aConnection();
    connection.connect();
    const first = await socket(1);
    clock.pass(5_000);
    expect([connection.state, first.closedWith]).toEqual(['waiting', 1000]);
    expect(changed).toHaveBeenLastCalledWith('waiting', expect.objectContaining({ code: CLIENT_ERROR.connectionLost }));
    clock.pass(500);
    const second = await socket(2);
    first.opens();
    first.closes(REALTIME_CLOSE.invalidMessage);
    expect(connection.state).toBe('connecting');
    second.opens();
    expect(connection.state).toBe('open');
  });

  it('gives up a ticket that does not come, and does not use it when it comes after all', async () => {
    const given: ((ticket: string) => void)[] = [];
    const connection = aConnection({ ticket: () => new Promise((resolve) => given.push(resolve)) });
    connection.connect();
    clock.pass(5_000);
    expect(connection.state).toBe('waiting');
    clock.pass(500);
    given[0]?.('late');
    given[1]?.('new');
    expect((await socket(1)).url).toContain('ticket=new');
  });

  it('is lost when two heartbeats are missing; open with nothing asked for, it may be silent', async () => {
    const connection = aConnection();
    connection.connect();
    const { opens, brings, sent } = await socket(1);
    opens();
    clock.pass(60_000);
    expect(connection.state).toBe('open');
    connection.send({ type: 'unsubscribe', id: 's1' });
    expect(sent).toEqual(['{"type":"unsubscribe","id":"s1"}']);
    brings({ type: 'subscribed', id: 's1', heartbeatMs: 1_000 });
    clock.pass(2_400);
    brings({ type: 'heartbeat', cursors: {} });
    clock.pass(2_400);
    expect(connection.state).toBe('open');
    clock.pass(100);
    expect(connection.state).toBe('waiting');
  });

  it('tries again where a ticket could not be fetched, and ends where it is refused', async () => {
    const ticket = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(new Error('no network'))
      .mockResolvedValueOnce('a/b');
    const connection = aConnection({ ticket });
    connection.connect();
    await vi.waitFor(() => expect(connection.state).toBe('waiting'));
    clock.pass(500);
    expect((await socket(1)).url).toBe('wss://a.example/realtime?ticket=a%2Fb');
    const refused = new RealtimeError(CLIENT_ERROR.ticketRefused, 'not this token');
    ticket.mockRejectedValueOnce(refused);
    Socket.all[0]?.closes(REALTIME_CLOSE.accessEnded);
    clock.pass(1_000);
    await vi.waitFor(() => expect(changed).toHaveBeenLastCalledWith('closed', refused));
  });

  it('ends where no WebSocket can be opened with the URL', async () => {
    const connection = aConnection({ url: 'forbidden' });
    connection.connect();
    await vi.waitFor(() => expect(connection.state).toBe('closed'));
    expect(changed).toHaveBeenLastCalledWith('closed', expect.objectContaining({ code: CLIENT_ERROR.notOpened }));
  });

  it('that was let go while its ticket was on its way opens nothing', async () => {
    let give = (_ticket: string): void => undefined;
    const connection = aConnection({ ticket: () => new Promise((resolve) => (give = resolve)) });
    connection.connect();
    connection.disconnect('disconnected');
    give('late');
    await Promise.resolve();
    expect([connection.state, Socket.all]).toEqual(['disconnected', []]);
  });
});

it('a platform without a WebSocket is told to give one', () => {
  vi.stubGlobal('WebSocket', undefined);
  expect(() => webSocketConstructor(undefined)).toThrow(expect.objectContaining({ code: CLIENT_ERROR.noWebSocket }));
  vi.stubGlobal('WebSocket', Socket);
  expect(webSocketConstructor(undefined)).toBe(Socket);
  vi.unstubAllGlobals();
});
