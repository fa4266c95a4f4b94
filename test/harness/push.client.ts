import type { RealtimeMessage, RealtimeRequest } from '@sluice/contracts';
import { eventually } from '@sluice/testing';
import { WebSocket, type ClientOptions } from 'ws';

type MessageOf<T extends RealtimeMessage['type']> = Extract<RealtimeMessage, { type: T }>;

/** A WebSocket client that keeps everything it is told. */
export class PushClient {
  readonly messages: RealtimeMessage[] = [];
  closed: { code: number; reason: string } | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString()) as RealtimeMessage));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  /** Rejects with the status and the problem of a refused upgrade. */
  static async open(url: string, options: ClientOptions = {}): Promise<PushClient> {
    const client = new PushClient(new WebSocket(url, options));
    await new Promise<void>((resolve, reject) => {
      client.socket.once('open', resolve);
      client.socket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => reject(new UpgradeRefused(response.statusCode ?? 0, body, response.headers)));
      });
      client.socket.once('error', reject);
    });
    return client;
  }

  send(request: RealtimeRequest | string): void {
    this.socket.send(typeof request === 'string' ? request : JSON.stringify(request));
  }

  /** Subscribes, and waits until that has begun. */
  async subscribe(
    id: string,
    asked: Omit<Extract<RealtimeRequest, { type: 'subscribe' }>, 'type' | 'id'>,
  ): Promise<void> {
    this.send({ type: 'subscribe', id, ...asked });
    await eventually(() => this.of('subscribed').some((message) => message.id === id));
  }

  of<T extends RealtimeMessage['type']>(type: T): MessageOf<T>[] {
    return this.messages.filter((message): message is MessageOf<T> => message.type === type);
  }

  async closing(): Promise<{ code: number; reason: string }> {
    await eventually(() => this.closed !== undefined);
    return this.closed ?? { code: 0, reason: '' };
  }

  /** Cuts the connection as a network does. */
  cut(): void {
    this.socket.terminate();
  }
}

/** The HTTP answer to an upgrade. */
export class UpgradeRefused extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
    readonly headers: NodeJS.Dict<string | string[]>,
  ) {
    super(`refused with ${status}: ${body}`);
  }

  get code(): unknown {
    return (JSON.parse(this.body) as { code?: unknown }).code;
  }
}
