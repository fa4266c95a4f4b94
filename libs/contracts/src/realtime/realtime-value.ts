import { z } from 'zod';

/** A value as live push writes it: relaxed Extended JSON, but an int64 beyond 2^53 stays `{"$numberLong": "…"}`. */
export type RealtimeValue =
  string | number | boolean | null | readonly RealtimeValue[] | { readonly [name: string]: RealtimeValue };
export type RealtimeDocument = Readonly<Record<string, RealtimeValue>>;

export const realtimeValueSchema: z.ZodType<RealtimeValue> = z
  .json()
  .meta({ id: 'RealtimeValue', description: 'Extended JSON, relaxed where that loses nothing' });
export const realtimeDocumentSchema = z.record(z.string(), realtimeValueSchema);
