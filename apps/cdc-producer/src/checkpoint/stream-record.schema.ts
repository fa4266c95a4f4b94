import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { Schema as MongooseSchema, mongo } from 'mongoose';

/** One stream in the state database: who took it last (epoch) and where it stands. */
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
}

export const streamRecordSchema = SchemaFactory.createForClass(StreamRecord);
