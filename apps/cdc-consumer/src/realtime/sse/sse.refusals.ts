import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { EVENTS_URL } from '../access/realtime.urls.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';

/** Counts refused requests for server-sent events at the server itself: most are refused before a controller is asked. */
@Injectable()
export class SseRefusals implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly counters: RealtimeCounters,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server; // Nest types it as any
    server.prependListener('request', ({ url }: IncomingMessage, response: ServerResponse) => {
      if (url === undefined || !EVENTS_URL.test(url)) return;
      response.once('close', () => {
        if (response.statusCode >= 400) this.counters.refused += 1;
      });
    });
  }
}
