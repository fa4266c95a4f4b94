import type { IncomingMessage } from 'node:http';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RETURN_MS, type StreamPass } from './stream-pass.js';
import { TicketStore } from './ticket.store.js';

/** Often enough that a database which is away for minutes costs nobody the way back. */
const KEEP_MS = RETURN_MS / 5;

interface HeldPass {
  readonly pass: StreamPass;
  readonly replace: () => void;
}

/** The passes of streams that are open here: their tickets are kept for as long, and `RETURN_MS` more. */
@Injectable()
export class StreamPasses implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Realtime');
  private readonly passes = new WeakMap<IncomingMessage, StreamPass>();
  /** By ticket. */
  private readonly open = new Map<string, HeldPass>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: TicketStore) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.keep(), KEEP_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** The request came with that pass. */
  note(request: IncomingMessage, pass: StreamPass): void {
    this.passes.set(request, pass);
  }

  /**
   * The pass of a request, kept from now on; undefined: it came without a ticket. A ticket has one stream: what had it
   * until now is given up by its `replace`, as the browser has, or one ticket would open any number of streams.
   */
  hold(request: IncomingMessage, replace: () => void): StreamPass | undefined {
    const pass = this.passes.get(request);
    if (pass === undefined) return undefined;
    const earlier = this.open.get(pass.digest);
    this.open.set(pass.digest, { pass, replace });
    earlier?.replace();
    return pass;
  }

  /** Its stream is over here. */
  release(pass: StreamPass | undefined): void {
    if (pass !== undefined && this.open.get(pass.digest)?.pass === pass) this.open.delete(pass.digest);
  }

  private async keep(): Promise<void> {
    if (this.open.size === 0) return;
    const digests = [...this.open.keys()];
    try {
      await this.store.keep(digests, new Date(Date.now() + RETURN_MS));
    } catch (error) {
      this.logger.warn(
        `tickets of ${digests.length} open event streams could not be kept, next time: ${String(error)}`,
      );
    }
  }
}
