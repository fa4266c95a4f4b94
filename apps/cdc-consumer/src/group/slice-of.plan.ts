/** Takes a list in slices, going on where the last one ended; all of it at once where it is short enough. */
export class SliceOf<T> {
  private start = 0;

  constructor(private readonly size: number) {}

  next(list: readonly T[]): readonly T[] {
    if (this.start >= list.length) this.start = 0;
    const slice = list.slice(this.start, this.start + this.size);
    this.start += slice.length;
    return slice;
  }
}
