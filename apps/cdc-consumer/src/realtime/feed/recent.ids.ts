/**
 * The ids of the last messages of a stream queue, so many offsets back. What is known at an offset follows from those
 * messages alone: whoever reads so many before it knows the same.
 */
export class RecentIds {
  private readonly byPlace: (string | undefined)[];
  private readonly lastSeen = new Map<string, number>();
  private next = 0;

  constructor(private readonly span: number) {
    this.byPlace = new Array<string | undefined>(span);
  }

  /** Notes the message at an offset, behind all that were noted; answers whether its id stood among those in reach. */
  note(offset: number, id: string): boolean {
    this.forgetUpTo(offset);
    const isKnown = this.lastSeen.has(id);
    this.byPlace[offset % this.span] = id;
    this.lastSeen.set(id, offset);
    return isKnown;
  }

  /** The id that was noted at an offset; undefined where there was none, or it is out of reach. */
  at(offset: number): string | undefined {
    const isInReach = offset < this.next && offset >= this.next - this.span;
    return isInReach ? this.byPlace[offset % this.span] : undefined;
  }

  /** Offsets that are passed over, as those of the broker's own records, count as places too. */
  private forgetUpTo(offset: number): void {
    const outOfReach = offset - this.span;
    for (let place = Math.max(this.next, outOfReach + 1); place <= offset; place++) {
      const id = this.byPlace[place % this.span];
      if (id !== undefined && (this.lastSeen.get(id) ?? 0) <= outOfReach) this.lastSeen.delete(id);
      this.byPlace[place % this.span] = undefined;
    }
    this.next = offset + 1;
  }
}
