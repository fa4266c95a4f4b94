import type { Collection, Document } from 'mongodb';

/** A document whose version only ever grows. */
export interface Versioned extends Document {
  readonly _id: number;
  readonly version: number;
}

/** Looks again and again; remembers documents of which an earlier version was seen behind a later one. */
export class VersionWatch {
  readonly wentBack: string[] = [];
  looks = 0;
  private isOver = false;
  private readonly seen = new Map<number, number>();
  private readonly watching: Promise<void>;

  constructor(private readonly mirror: Collection<Versioned>) {
    this.watching = this.watch();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.watching;
  }

  private async watch(): Promise<void> {
    while (!this.isOver) {
      for (const { _id, version } of await this.mirror.find({ version: { $exists: true } }).toArray()) {
        const before = this.seen.get(_id) ?? 0;
        if (version < before) this.wentBack.push(`${_id}: ${version} behind ${before}`);
        this.seen.set(_id, version);
      }
      this.looks += 1;
    }
  }
}
