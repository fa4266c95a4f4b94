/**
 * What a gap has told of already. After an operator has set a change stream back, everything since comes again, in its
 * order: one gap of each namespace tells of all of it, until the stream has caught up.
 */
export class CoveredRuns {
  /** By change stream and topic: from which position on changes have been told to be missing. */
  private readonly from = new Map<string, Map<string, string>>();

  /** Whether a gap has told of this one. Otherwise one is to be told now, and is taken to have been. */
  covers(stream: string, topic: string, position: string): boolean {
    const topics = this.from.get(stream) ?? new Map<string, string>();
    const from = topics.get(topic);
    if (from !== undefined && from <= position) return true;
    this.from.set(stream, topics.set(topic, position));
    return false;
  }

  caughtUp(stream: string): void {
    this.from.delete(stream);
  }
}
