import { Injectable } from '@nestjs/common';
import { REALTIME_CLOSE, realtimeRequestSchema, type RealtimeRequest } from '@sluice/contracts';
import { understood } from '../connection/invalid.request.js';
import type { RealtimeConnection } from '../connection/realtime.connection.js';
import { SubscriptionDesk } from '../subscription/subscription.desk.js';

/** What a client says over a WebSocket. */
@Injectable()
export class ClientMessages {
  constructor(private readonly desk: SubscriptionDesk) {}

  /** Text that is no JSON object is another protocol: the connection ends. What is wrong in a message is an `error`. */
  take(connection: RealtimeConnection, data: Buffer, isBinary: boolean): void {
    const message = isBinary ? undefined : objectOf(data);
    if (message === undefined) {
      const found = isBinary ? 'a binary message' : 'text that is no JSON object';
      return connection.close(REALTIME_CLOSE.invalidMessage, `${found}; allowed: a JSON object as text`);
    }
    const id = typeof message['id'] === 'string' ? message['id'] : undefined;
    try {
      this.obey(connection, understood(realtimeRequestSchema, message));
    } catch (error) {
      // An id that is taken is somebody's: the error must not read as that subscription's end.
      const about = id === undefined || connection.subscriptions.has(id) ? {} : { id };
      connection.tellAll({ type: 'error', ...about, ...this.desk.told(error) });
    }
  }

  private obey(connection: RealtimeConnection, request: RealtimeRequest): void {
    if (request.type === 'unsubscribe') return this.desk.unsubscribe(connection, request.id);
    const { type: _type, id, ...asked } = request;
    void this.desk.follow(this.desk.open(connection, id, asked), asked); // never rejects
  }
}

function objectOf(data: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(data.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>) // any object can be read as one of unknown fields
      : undefined;
  } catch {
    return undefined;
  }
}
