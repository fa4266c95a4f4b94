import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { Schema as MongooseSchema, mongo } from 'mongoose';
import type { ProcessMark } from '../lease/process-mark.js';

/** One stream in the state database: who holds it, how often it was taken (epoch), and where it stands. */
@Schema({ collection: 'streams', versionKey: false, minimize: false, strict: true })
export class StreamRecord {
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: Number, required: true })
  epoch!: number;

  @Prop({ type: Number, required: true })
  generation!: number;

  @Prop({ type: String, default: null })
  pipelineHash!: string | null;

  /** `{ clusterTime, generation, ordinal }` of the last confirmed event. */
  @Prop({ type: MongooseSchema.Types.Mixed, default: null })
  last!: { clusterTime: mongo.Timestamp; generation: number; ordinal: number } | null;

  /** `{ token, time }`: how far reading has come. */
  @Prop({ type: MongooseSchema.Types.Mixed, default: null })
  readTo!: { token: Record<string, unknown> | null; time: mongo.Timestamp | null } | null;

  @Prop({ type: Date, default: null })
  savedAt!: Date | null;

  /** The producer that holds the stream; null once it has let go. */
  @Prop({ type: String, default: null })
  holder!: string | null;

  /** The holder's process, for producers on the same machine. */
  @Prop({ type: MongooseSchema.Types.Mixed, default: null })
  process!: ProcessMark | null;

  /** The server's time at which the lease runs out. */
  @Prop({ type: Date, default: null })
  leaseUntil!: Date | null;

  /** The server's time when somebody last looked whether the stream is free. */
  @Prop({ type: Date, default: null })
  seenAt!: Date | null;
}

export const streamRecordSchema = SchemaFactory.createForClass(StreamRecord);
