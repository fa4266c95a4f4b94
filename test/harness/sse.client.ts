import { request, type ClientRequest, type IncomingHttpHeaders } from 'node:http';
import type { RealtimeMessage } from '@sluice/contracts';

/** One server-sent event. */
export interface ServerSentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: RealtimeMessage;
}

/** A client of server-sent events that keeps everything it is told. */
export class SseClient {
  readonly events: ServerSentEvent[] = [];
  text = '';
  /** What a browser would come back with. https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage */
  lastEventId: string | undefined;
  hasEnded = false;
  private taken = 0;

  private constructor(
    private readonly asked: ClientRequest,
    readonly headers: IncomingHttpHeaders,
  ) {}

  /** Rejects with the status where it is not 200. */
  static open(url: string, headers: Record<string, string> = {}): Promise<SseClient> {
    return new Promise((resolve, reject) => {
      const asked = request(url, { headers, agent: false }, (response) => {
        if (response.statusCode !== 200) {
          response.resume();
          return reject(new Error(`refused with ${response.statusCode}`));
        }
        const client = new SseClient(asked, response.headers);
        response.on('data', (chunk: Buffer) => client.take(chunk.toString()));
        response.on('error', () => undefined);
        response.on('close', () => (client.hasEnded = true));
        resolve(client);
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  of(event: RealtimeMessage['type']): ServerSentEvent[] {
    return this.events.filter((each) => each.event === event);
  }

  /** Cuts it, and comes back as an `EventSource` does: to the same URL, if need be at another replica. */
  async comeBack(url: string): Promise<SseClient> {
    this.close();
    const { lastEventId } = this;
    const client = await SseClient.open(url, lastEventId === undefined ? {} : { 'last-event-id': lastEventId });
    client.lastEventId ??= lastEventId;
    return client;
  }

  close(): void {
    this.asked.destroy();
  }

  private take(chunk: string): void {
    this.text += chunk;
    for (let end = this.text.indexOf('\n\n', this.taken); end >= 0; end = this.text.indexOf('\n\n', this.taken)) {
      const block = this.text.slice(this.taken, end);
      this.taken = end + 2;
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
      );
      const { event, id, data } = fields;
      this.lastEventId = id ?? this.lastEventId;
      if (event !== undefined && data !== undefined) {
        this.events.push({ event, id, data: JSON.parse(data) as RealtimeMessage });
      }
    }
  }
}
