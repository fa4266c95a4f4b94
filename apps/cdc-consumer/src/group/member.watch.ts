import type { GroupMember, StoredGroup } from './stored-group.js';

/** Who of a group is alive, and the server's time at which that was judged. */
export interface Roll {
  readonly nowMs: number;
  readonly alive: readonly GroupMember[];
}

/**
 * Judges which members are alive: those heard of within `aliveMs` by the server's clock, which goes on from its answer to
 * our own last heartbeat by the time that has passed here; no machine's clock is compared with another's.
 *
 * While our own heartbeats are not answered, and for as long afterwards as a member may be silent, those who were alive
 * stay so: when the state database was away nobody could tell of themselves, and everybody keeps what they have.
 */
export class MemberWatch {
  private answer: { readonly serverMs: number; readonly atMs: number } | undefined;
  private steadySinceMs = 0;
  private known: ReadonlySet<string> = new Set();

  constructor(
    private readonly aliveMs: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** Our heartbeat was answered with this time of the server's. */
  answered(server: Date): void {
    const atMs = this.clock();
    if (!this.isSteady(atMs)) this.steadySinceMs = atMs;
    this.answer = { serverMs: server.getTime(), atMs };
  }

  /** As far as is known now. */
  rollOf({ members }: Pick<StoredGroup, 'members'>): Roll {
    const atMs = this.clock();
    if (this.answer === undefined) return { nowMs: 0, alive: [] };
    const nowMs = this.answer.serverMs + atMs - this.answer.atMs;
    const mayJudge = this.isSteady(atMs) && atMs - this.steadySinceMs >= this.aliveMs;
    const alive = members.filter(
      ({ id, lastSeen }) => nowMs - lastSeen.getTime() < this.aliveMs || (!mayJudge && this.known.has(id)),
    );
    this.known = new Set(alive.map(({ id }) => id));
    return { nowMs, alive };
  }

  private isSteady(atMs: number): boolean {
    return this.answer !== undefined && atMs - this.answer.atMs < this.aliveMs;
  }
}
