import type { Caller } from '@sluice/platform';

/** Tickets that are waiting to be used. */
export abstract class TicketStore {
  /** Keeps whose ticket it is, under the ticket's digest. */
  abstract add(digest: string, caller: Caller, expiresAt: Date): Promise<void>;
  /** Whose it is; nobody gets it a second time. Undefined: there is none, or it is too old. */
  abstract take(digest: string, now: Date): Promise<Caller | undefined>;
}
