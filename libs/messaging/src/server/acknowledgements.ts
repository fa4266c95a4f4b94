/** One acknowledgement to send: of this tag alone, or of every outstanding one up to it. */
export interface Acknowledgement {
  readonly tag: number;
  readonly multiple: boolean;
}

/** A hole older than this does not hold up the acknowledgement of what was handled behind it. */
export const HOLE_MS = 1_000;

/**
 * Plans the acknowledgements of one channel. The contiguous run of settled deliveries is acknowledged as one, which is
 * what makes a consumer fast. Behind a delivery that stays unsettled for over a second, or once half the prefetch has
 * piled up, settled ones are acknowledged singly: else one retrying document would fill the prefetch and stop them all.
 * A tag that is not settled is never covered: its event would be lost with the process.
 */
export class Acknowledgements {
  /** When each unsettled delivery came; a map keeps the order of the tags. */
  private readonly unsettled = new Map<number, number>();
  /** Settled, and not acknowledged yet. */
  private readonly settled = new Set<number>();

  constructor(private readonly prefetch: number) {}

  /** Deliveries whose handling has not ended. */
  get unsettledCount(): number {
    return this.unsettled.size;
  }
  /** Settled, and not acknowledged yet. */
  get settledCount(): number {
    return this.settled.size;
  }
  /** Deliveries that the broker still counts against the prefetch. */
  get outstandingCount(): number {
    return this.unsettled.size + this.settled.size;
  }

  /** Tags come in the broker's order: 1, 2, 3 … on each channel. */
  delivered(tag: number, nowMs: number): void {
    this.unsettled.set(tag, nowMs);
  }

  settle(tag: number): void {
    if (this.unsettled.delete(tag)) this.settled.add(tag);
  }

  /** What can be acknowledged now; the caller sends it, in this order. Each tag is covered once. */
  due(nowMs: number): Acknowledgement[] {
    if (this.settled.size === 0) return [];
    const [hole] = this.unsettled.entries();
    const run = this.takeRun();
    if (hole === undefined || !this.mustPass(nowMs - hole[1])) return run;
    return [...run, ...this.takeSingly()];
  }

  /** Everything settled, whatever lies between. */
  all(): Acknowledgement[] {
    return [...this.takeRun(), ...this.takeSingly()];
  }

  private mustPass(holeAgeMs: number): boolean {
    return holeAgeMs > HOLE_MS || this.settled.size * 2 >= this.prefetch;
  }

  /** The settled deliveries before the first unsettled one. `multiple` needs a tag that is still outstanding itself. */
  private takeRun(): Acknowledgement[] {
    const [hole = Number.POSITIVE_INFINITY] = this.unsettled.keys();
    let last = 0;
    let count = 0;
    for (const tag of this.settled) {
      if (tag > hole) continue;
      this.settled.delete(tag);
      count += 1;
      last = Math.max(last, tag);
    }
    return count === 0 ? [] : [{ tag: last, multiple: count > 1 }];
  }

  private takeSingly(): Acknowledgement[] {
    const singly = [...this.settled].map((tag) => ({ tag, multiple: false }));
    this.settled.clear();
    return singly;
  }
}
