import type { Caller } from '@sluice/platform';

/** Tickets: those that wait to be used, and those of streams that their clients may come back to. By digest alone. */
export abstract class TicketStore {
  /** Keeps whose ticket it is. */
  abstract add(digest: string, caller: Caller, expiresAt: Date): Promise<void>;
  /** Whose it is, while nobody has used it; it stays. Undefined: as for `take`. */
  abstract find(digest: string, now: Date): Promise<Caller | undefined>;
  /** Whose it is; nobody gets it a second time. Undefined: there is none, it was used, or it is too old. */
  abstract take(digest: string, now: Date): Promise<Caller | undefined>;
  /** As `take`, but it stays for whoever shows `pass`, until then. */
  abstract begin(digest: string, pass: string, term: ReturnTerm): Promise<Caller | undefined>;
  /** Whose it is, where it was begun with that pass; it stays until then. */
  abstract comeBack(digest: string, pass: string, term: ReturnTerm): Promise<Caller | undefined>;
  /** Those that were begun stay until then. */
  abstract keep(digests: readonly string[], until: Date): Promise<void>;
}

export interface ReturnTerm {
  readonly now: Date;
  readonly until: Date;
}
