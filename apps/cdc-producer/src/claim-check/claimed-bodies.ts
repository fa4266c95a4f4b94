/** What a sweep took away. */
export interface Swept {
  readonly bodies: number;
  /** Uploads that never ended, and what a killed sweep left. */
  readonly fragments: number;
}

/** Keeps what events had no room for, under the claims that their messages carry. */
export abstract class ClaimedBodies {
  /**
   * Resolves when a majority has the body. One that is there already is not written again, unless it has become old: a
   * sweep could take it before its message is read.
   */
  abstract put(claim: string, body: Uint8Array): Promise<void>;
  /** Their messages are not published before now: their time begins anew. */
  abstract renew(claims: readonly string[]): Promise<void>;
  /**
   * Takes away what has outlived its time, but for `waiting`, and what no body can belong to any more. Any number may
   * sweep at once.
   */
  abstract sweep(waiting?: ReadonlySet<string>): Promise<Swept>;
}
