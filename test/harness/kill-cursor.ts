import type { AggregationCursor, Db } from 'mongodb';

/**
 * Kills the server's side of a stream's cursor, as the server does by itself with one that idles for too long. `owner`
 * is the `RawChangeCursor`, which keeps the driver's cursor to itself. Answers how many were killed.
 */
export async function killCursor(db: Db, owner: unknown): Promise<number> {
  const { cursor } = owner as { readonly cursor: AggregationCursor };
  const { cursorsKilled } = await db.command({ killCursors: '$cmd.aggregate', cursors: [cursor.id] });
  return (cursorsKilled as unknown[]).length;
}
