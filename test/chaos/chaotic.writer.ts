import type { ClientSession, Collection, Db, MongoClient } from 'mongodb';
import type { Random } from './random.js';

interface Row {
  readonly _id: number;
  value: number;
}

const DOCUMENTS = 60;

/** Inserts, updates, replaces and deletes of few documents, alone and in transactions, until it is stopped. */
export class ChaoticWriter {
  private stopped = false;
  private readonly writing: Promise<void>;
  private value = 0;

  constructor(
    private readonly client: MongoClient,
    private readonly db: Db,
    private readonly random: Random,
  ) {
    this.writing = this.write();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.writing;
  }

  private async write(): Promise<void> {
    const rows = this.db.collection<Row>('rows');
    while (!this.stopped) {
      if (this.random.below(5) > 0) await this.change(rows);
      else {
        await this.client.withSession((session) =>
          session.withTransaction(async () => {
            for (let operations = 2 + this.random.below(8); operations > 0; operations--)
              await this.change(rows, session);
          }),
        );
      }
    }
  }

  private async change(rows: Collection<Row>, session?: ClientSession): Promise<void> {
    const _id = this.random.below(DOCUMENTS);
    const options = session === undefined ? {} : { session };
    const value = this.value++;
    const kind = this.random.below(10);
    if (kind === 0) await rows.deleteOne({ _id }, options);
    else if (kind < 3) await rows.replaceOne({ _id }, { value }, { ...options, upsert: true });
    else await rows.updateOne({ _id }, { $set: { value } }, { ...options, upsert: true });
  }
}
