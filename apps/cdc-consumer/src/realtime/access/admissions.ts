import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Caller } from '@sluice/platform';

/** Who was let in by which request, from before the handshake to the open connection. */
@Injectable()
export class Admissions {
  private readonly callers = new WeakMap<IncomingMessage, Caller>();

  note(request: IncomingMessage, caller: Caller): void {
    this.callers.set(request, caller);
  }

  callerOf(request: IncomingMessage): Caller | undefined {
    return this.callers.get(request);
  }
}
