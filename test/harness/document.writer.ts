import type { Db } from 'mongodb';

/** Inserts in the background, in small batches, so that a fault falls into the middle. */
export class DocumentWriter {
  inserted = 0;
  private readonly writing: Promise<void>;

  constructor(
    private readonly db: Db,
    readonly total: number,
    private readonly batch = 50,
  ) {
    this.writing = this.write();
  }

  done(): Promise<void> {
    return this.writing;
  }

  private async write(): Promise<void> {
    const documents = this.db.collection<{ _id: number }>('documents');
    while (this.inserted < this.total) {
      const from = this.inserted;
      const size = Math.min(this.batch, this.total - from);
      await documents.insertMany(
        Array.from({ length: size }, (_, index) => ({ _id: from + index, text: 'x'.repeat(300) })),
      );
      this.inserted += size;
      // Each batch also changes the document before it: order is only visible where a document changes more than once.
      if (from > 0) await documents.updateOne({ _id: from - 1 }, { $set: { changed: true } });
    }
  }

  /** Events that this makes: every insert, and one update a batch after the first. */
  get events(): number {
    return this.total + Math.ceil(this.total / this.batch) - 1;
  }
}
