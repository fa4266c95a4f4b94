import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { eventually, EventBuilder } from '@sluice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PushClient } from '../harness/push.client.js';
import { PushServer } from '../harness/push.server.js';

/** What Autobahn's suite would ask of a server's frames (RFC 6455), on a raw socket. */
let server: PushServer;
beforeAll(async () => {
  server = await PushServer.start({ REALTIME_HEARTBEAT_MS: '500', REALTIME_MESSAGES_PER_SECOND: '1000' });
});
afterAll(() => server?.stop());

const TEXT = 0x1;
const BINARY = 0x2;
const CONTINUATION = 0x0;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

interface FrameOptions {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly masked?: boolean;
  /** What the header says, whatever is sent. */
  readonly length?: number;
}

function frame(payload: Buffer | string, options: FrameOptions = {}): Buffer {
  const { opcode = TEXT, fin = true, rsv = 0, masked = true, length } = options;
  const data = Buffer.from(payload);
  const size = length ?? data.length;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const flag = masked ? 0x80 : 0;
  const head =
    size < 126
      ? Buffer.from([first, flag | size])
      : size < 65_536
        ? Buffer.from([first, flag | 126, size >> 8, size & 0xff])
        : Buffer.concat([Buffer.from([first, flag | 127]), sizeOf(size)]);
  if (!masked) return Buffer.concat([head, data]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, data.map((byte, at) => byte ^ (mask[at % 4] ?? 0))]);
}

function sizeOf(size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(size));
  return bytes;
}

/** A socket behind its handshake. */
class RawClient {
  private bytes = Buffer.alloc(0);
  private hasEnded = false;
  private answersPings = true;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      if (this.answersPings && this.frames().some(({ opcode }) => opcode === PING))
        this.socket.write(frame('', { opcode: PONG }));
    });
    socket.on('close', () => (this.hasEnded = true));
    socket.on('error', () => undefined);
  }

  static async open(path = '/realtime', headers: Record<string, string> = {}): Promise<RawClient> {
    const socket = connect(server.port, '127.0.0.1');
    const all: Record<string, string> = {
      Host: `127.0.0.1:${server.port}`,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Version': '13',
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const client = new RawClient(socket);
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    await eventually(() => client.bytes.includes('\r\n\r\n'));
    return client;
  }

  get head(): string {
    return this.bytes.subarray(0, this.bytes.indexOf('\r\n\r\n')).toString();
  }

  write(...frames: readonly Buffer[]): void {
    for (const each of frames) this.socket.write(each);
  }

  ignorePings(): void {
    this.answersPings = false;
  }

  frames(): { opcode: number; payload: Buffer }[] {
    const found: { opcode: number; payload: Buffer }[] = [];
    let at = this.bytes.indexOf('\r\n\r\n') + 4;
    while (at + 2 <= this.bytes.length) {
      const short = (this.bytes[at + 1] ?? 0) & 0x7f;
      const size = short === 126 ? this.bytes.readUInt16BE(at + 2) : short;
      const start = at + (short === 126 ? 4 : 2);
      if (start + size > this.bytes.length) break;
      found.push({ opcode: (this.bytes[at] ?? 0) & 0x0f, payload: this.bytes.subarray(start, start + size) });
      at = start + size;
    }
    return found;
  }

  texts(): unknown[] {
    return this.frames().flatMap(({ opcode, payload }) =>
      opcode === TEXT ? [JSON.parse(payload.toString()) as unknown] : [],
    );
  }

  /** The code that the server closes with. */
  async closeCode(): Promise<number | undefined> {
    await eventually(() => this.hasEnded || this.frames().some(({ opcode }) => opcode === CLOSE));
    const close = this.frames().find(({ opcode }) => opcode === CLOSE);
    this.socket.destroy();
    return close === undefined ? undefined : close.payload.length < 2 ? 1005 : close.payload.readUInt16BE(0);
  }
}

const subscribe = JSON.stringify({ type: 'subscribe', id: 'é😀', namespace: 'shop.orders' });
const badText = Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]);

it.each<[string, readonly Buffer[], number]>([
  ['an unmasked frame', [frame(subscribe, { masked: false })], 1002],
  ['a reserved bit, with nothing agreed on', [frame(subscribe, { rsv: 4 })], 1002],
  ['another reserved bit', [frame(subscribe, { rsv: 1 })], 1002],
  ['a reserved opcode', [frame(subscribe, { opcode: 0x3 })], 1002],
  ['a reserved control opcode', [frame('', { opcode: 0xb })], 1002],
  ['a continuation of nothing', [frame('x', { opcode: CONTINUATION })], 1002],
  ['a message within a message', [frame('{', { fin: false }), frame('}', { opcode: TEXT })], 1002],
  ['a fragmented ping', [frame('', { opcode: PING, fin: false })], 1002],
  ['a ping over 125 bytes', [frame('x'.repeat(126), { opcode: PING })], 1002],
  ['a message over 64 KB', [frame('x'.repeat(65_537))], 1009],
  ['a header that says a message over 64 KB', [frame('', { length: 2 ** 33 })], 1009],
  [
    'fragments over 64 KB together',
    [frame('x'.repeat(40_000), { fin: false }), frame('x'.repeat(40_000), { opcode: CONTINUATION })],
    1009,
  ],
  ['text that is not UTF-8', [frame(badText)], 1007],
  [
    'text that is cut within a character',
    [frame(Buffer.from([0xf0, 0x9f, 0x98]), { fin: false }), frame('', { opcode: CONTINUATION })],
    1007,
  ],
  ['a close of one byte', [frame('x', { opcode: CLOSE })], 1002],
  ['a close with a code that nobody may send', [frame(Buffer.from([0x03, 0xed]), { opcode: CLOSE })], 1002],
  ['a close whose reason is not UTF-8', [frame(Buffer.from([0x03, 0xe8, 0xc3, 0x28]), { opcode: CLOSE })], 1007],
  ['a close in order', [frame(Buffer.from([0x03, 0xe8]), { opcode: CLOSE })], 1000],
  ['a close without a code', [frame('', { opcode: CLOSE })], 1005],
  ['a binary message', [frame('{}', { opcode: BINARY })], 4400],
  ['text that is no JSON', [frame('hello')], 4400],
  ['JSON that is no object', [frame('[1]')], 4400],
  ['an empty message', [frame('')], 4400],
])('%s is answered with its close code, and others stay connected', async (_, frames, code) => {
  const client = await RawClient.open();
  client.write(...frames);
  expect(await client.closeCode()).toBe(code);
});

it('a message may come in fragments, with pings between them, byte by byte', async () => {
  const client = await RawClient.open();
  const bytes = Buffer.from(subscribe);
  const frames = Buffer.concat([
    frame(bytes.subarray(0, 33), { fin: false }),
    frame('are you there', { opcode: PING }),
    frame(bytes.subarray(33), { opcode: CONTINUATION }),
  ]);
  for (const byte of frames) client.write(Buffer.from([byte]));
  await eventually(() => client.texts().length > 0);
  expect(client.texts()[0]).toMatchObject({ type: 'subscribed', id: 'é😀' });
  const pong = client.frames().find(({ opcode }) => opcode === PONG);
  expect(pong?.payload.toString()).toBe('are you there');
  client.write(frame('', { opcode: CLOSE }));
  expect(await client.closeCode()).toBe(1005);
});

it('who does not answer pings is closed, also in the middle of a frame; who does stays', async () => {
  const [silent, half, alive] = await Promise.all([RawClient.open(), RawClient.open(), RawClient.open()]);
  silent.ignorePings();
  half.ignorePings();
  half.write(frame(subscribe).subarray(0, 20));
  expect([await silent.closeCode(), await half.closeCode()]).toEqual([4408, 4408]);
  alive.write(frame(subscribe));
  await eventually(() => alive.texts().length > 0);
  alive.write(frame('', { opcode: CLOSE }));
  expect(await alive.closeCode()).toBe(1005);
});

it.each([
  ['another path', '/elsewhere', {}, 404],
  ['another version', '/realtime', { 'Sec-WebSocket-Version': '7' }, 400],
  ['a key that is none', '/realtime', { 'Sec-WebSocket-Key': 'x' }, 400],
  ['an upgrade to something else', '/realtime', { Upgrade: 'h2c' }, 400],
  ['a page of another origin', '/realtime', { Origin: 'https://evil.example' }, 403],
  ['a host that is not this machine, without tokens', '/realtime', { Host: 'rebound.example' }, 403],
])('a handshake with %s is refused', async (_, path, headers, status) => {
  const client = await RawClient.open(path, headers);
  expect(client.head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

it('nothing of all that is left behind', async () => {
  const client = await PushClient.open(server.wsUrl);
  await client.subscribe('s', { namespace: 'shop.orders' });
  server.feed.tell(new EventBuilder().anInsert('shop.orders', { a: 1 }));
  await eventually(() => client.of('event').length === 1);
  await eventually(() => server.connections === 1);
  client.cut();
  await eventually(() => server.connections === 0);
});
