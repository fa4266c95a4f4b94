import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { TokenRefusedError, type Caller } from '@sluice/platform';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import { TicketStore } from './ticket.store.js';

/** Long enough to connect with, too short to be found in a log and used. */
const LIFE_MS = 30_000;
const FORM = /^[A-Za-z0-9_-]{43}$/;

/** A ticket, and until when it can be used. */
export interface IssuedTicket {
  readonly ticket: string;
  readonly expiresAt: Date;
}

/** Gives out tickets, which stand in a URL where a browser can send no header, and takes each once. */
@Injectable()
export class TicketDesk {
  constructor(private readonly store: TicketStore) {}

  /** @throws RealtimeRequestError while the state database is away */
  async issue(caller: Caller): Promise<IssuedTicket> {
    const ticket = randomBytes(32).toString('base64url');
    const expiresAt = new Date(Date.now() + LIFE_MS);
    await orUnavailable(this.store.add(digestOf(ticket), caller, expiresAt));
    return { ticket, expiresAt };
  }

  /** @throws TokenRefusedError, RealtimeRequestError while the state database is away */
  async redeem(ticket: string): Promise<Caller> {
    const caller = FORM.test(ticket) ? await orUnavailable(this.store.take(digestOf(ticket), new Date())) : undefined;
    if (caller === undefined) {
      throw new TokenRefusedError(
        'the ticket is unknown, used or older than 30 s; ask POST /realtime/tickets for another',
      );
    }
    return caller;
  }
}

/** Who reads the database finds nothing to connect with. */
function digestOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex');
}

async function orUnavailable<T>(attempt: Promise<T>): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RealtimeRequestError('SLUICE-REALTIME-UNAVAILABLE', `tickets are not to be had now, try again: ${why}`);
  }
}
