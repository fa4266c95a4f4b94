import type { RealtimeMessage, RealtimeRequest } from '@sluice/contracts';
import { PushClient } from './push.client.js';

type EventMessage = Extract<RealtimeMessage, { type: 'event' }>;
type Asked = Omit<Extract<RealtimeRequest, { type: 'subscribe' }>, 'type' | 'id' | 'from' | 'snapshot'>;

const ID = 's';

/** Comes back with its cursor whenever it is cut, to whichever replica it is told, and keeps what it has had in all. */
export class RestlessClient {
  readonly events: EventMessage['event'][] = [];
  readonly gaps: unknown[] = [];
  cuts = 0;
  private cursor: string | undefined;
  private client: PushClient | undefined;
  private taken = 0;

  constructor(private readonly asked: Asked) {}

  async connect(url: string): Promise<void> {
    this.client = await PushClient.open(url);
    this.taken = 0;
    const from = this.cursor === undefined ? {} : { from: this.cursor };
    await this.client.subscribe(ID, { ...this.asked, ...from });
    this.take();
  }

  /** Reads what has come; its place is behind the last of it. Answers the number of events so far. */
  take(): number {
    const messages = this.client?.messages ?? [];
    for (; this.taken < messages.length; this.taken += 1) {
      const message = messages[this.taken];
      if (message?.type === 'event') this.events.push(message.event);
      if (message?.type === 'gap') this.gaps.push(message);
      const cursor =
        message?.type === 'heartbeat' ? message.cursors[ID] : message && 'cursor' in message && message.cursor;
      if (typeof cursor === 'string') this.cursor = cursor;
    }
    return this.events.length;
  }

  cut(): void {
    this.take();
    this.client?.cut();
    this.cuts += 1;
  }
}
