import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { REALTIME_PATHS, thrownMessage } from '@sluice/contracts';
import { digestOf, TokenRefusedError, type Caller } from '@sluice/platform';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import { RETURN_MS, type StreamPass } from './stream-pass.js';
import { TicketStore } from './ticket.store.js';

/** Long enough to connect with, too short to be found in a log and used. */
const LIFE_MS = 30_000;
const FORM = /^[A-Za-z0-9_-]{43}$/;
const RETURN_KEY_BYTES = 16;

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
    await orUnavailable(this.store.add(storedAs(ticket), caller, expiresAt));
    return { ticket, expiresAt };
  }

  /** Whose it is, without using it. @throws as `redeem` */
  async look(ticket: string): Promise<Caller> {
    const digest = digestIfFormed(ticket);
    return (await orUnavailable(this.store.find(digest, new Date()))) ?? refuse();
  }

  /** @throws TokenRefusedError, RealtimeRequestError while the state database is away */
  async redeem(ticket: string): Promise<Caller> {
    const digest = digestIfFormed(ticket);
    return (await orUnavailable(this.store.take(digest, new Date()))) ?? refuse();
  }

  /**
   * For a stream of server-sent events. A browser comes back to it by itself, with the same URL: the ticket lets in
   * again whoever brings the key that was sent in the stream, and asks for the same. The key stands in no URL.
   * @throws as `redeem`
   */
  async redeemForStream(ticket: string, asked: string, returnKey: string | undefined): Promise<StreamPass> {
    const digest = digestIfFormed(ticket);
    const now = new Date();
    const term = { now, until: new Date(now.getTime() + RETURN_MS) };
    const known = returnKey === undefined ? undefined : this.store.comeBack(digest, passOf(returnKey, asked), term);
    const back = known && (await orUnavailable(known));
    if (back !== undefined && returnKey !== undefined) return { caller: back, digest, returnKey };
    const fresh = randomBytes(RETURN_KEY_BYTES).toString('base64url');
    const caller = await orUnavailable(this.store.begin(digest, passOf(fresh, asked), term));
    return { caller: caller ?? refuse(), digest, returnKey: fresh };
  }
}

function refuse(): never {
  throw new TokenRefusedError(
    `the ticket is unknown, used or older than 30 s; ask POST ${REALTIME_PATHS.tickets} for another`,
  );
}

/** Who reads the database finds nothing to connect with. */
function digestIfFormed(ticket: string): string {
  return FORM.test(ticket) ? storedAs(ticket) : refuse();
}

function passOf(returnKey: string, asked: string): string {
  return storedAs(`${returnKey} ${asked}`);
}

function storedAs(secret: string): string {
  return digestOf(secret).toString('hex');
}

async function orUnavailable<T>(attempt: Promise<T>): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    const why = thrownMessage(error);
    throw new RealtimeRequestError('SLUICE-REALTIME-UNAVAILABLE', `tickets are not to be had now, try again: ${why}`);
  }
}
