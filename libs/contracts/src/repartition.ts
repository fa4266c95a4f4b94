import { z } from 'zod';

/**
 * A change of a group's number of partitions, on its way (docs/adr/0007-repartition-by-a-mark.md):
 * - `binding`: the new queues are being declared and bound, beside the old ones;
 * - `settling`: both are bound; streams say when everything that they sent before they knew it is confirmed;
 * - `reading`: each old queue holds a mark, behind which is nothing that is not in the new ones as well. It is read to
 *   there; when all have been, the new queues are read in their place.
 */
export const repartitionSchema = z.object({
  /** Tells it from any other, also of a group of the same name that was registered anew. */
  id: z.string(),
  partitions: z.int().min(1).max(64),
  generation: z.int().min(2),
  queues: z.array(z.string()),
  step: z.enum(['binding', 'settling', 'reading']),
  /** Old partitions that have been read to their mark, with everything before it handled and acknowledged. */
  ended: z.array(z.int()),
});
export type Repartition = z.infer<typeof repartitionSchema>;

/** Where streams keep, in the state database, what groups need to know of them. */
export const STREAMS_COLLECTION = 'streams';

/** What a stream says of repartitions, and whether anybody runs it. */
export const streamSettlementSchema = z.object({
  _id: z.string(),
  /** The producer that holds it; null: nobody publishes. */
  holder: z.string().nullable().default(null),
  /** Server time after which its holder publishes no more. */
  leaseUntil: z.date().nullable().default(null),
  /** By group, the last repartition before whose `settling` nothing is unconfirmed any more. */
  settled: z.record(z.string(), z.string()).default({}),
});
export type StreamSettlement = z.infer<typeof streamSettlementSchema>;
