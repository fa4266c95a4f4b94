import { GROUPS_COLLECTION, type Repartition } from '@sluice/contracts';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { Schema as MongooseSchema } from 'mongoose';
import type { StoredGroup } from './stored-group.js';

/** One member of a group, as the state database holds it. */
@Schema({ _id: false })
class MemberRecord {
  @Prop({ type: String, required: true })
  id!: string;

  @Prop({ type: [String], required: true })
  patterns!: string[];

  @Prop({ type: Date, required: true })
  joinedAt!: Date;

  @Prop({ type: Date, required: true })
  lastSeen!: Date;

  @Prop({ type: Number })
  revision?: number;

  @Prop({ type: Boolean })
  consuming?: boolean;

  @Prop({ type: MongooseSchema.Types.Mixed })
  oldest?: StoredGroup['members'][number]['oldest'];
}

/** A group's registration in the state database; `storedGroupSchema` says what each field means. */
@Schema({ collection: GROUPS_COLLECTION, versionKey: false, minimize: false, strict: true, bufferCommands: false })
export class GroupRecord {
  @Prop({ type: String, required: true })
  _id!: string;

  @Prop({ type: String, enum: ['joining', 'bound', 'retired'], required: true })
  state!: 'joining' | 'bound' | 'retired';

  @Prop({ type: Date, required: true })
  joiningSince!: Date;

  @Prop({ type: Number, required: true })
  partitions!: number;

  @Prop({ type: Number, required: true })
  generation!: number;

  @Prop({ type: [String], required: true })
  patterns!: string[];

  @Prop({ type: [String], required: true })
  retired!: string[];

  @Prop({ type: [String], required: true })
  queues!: string[];

  @Prop({ type: [SchemaFactory.createForClass(MemberRecord)], required: true })
  members!: MemberRecord[];

  @Prop({ type: [String], default: undefined })
  inboxElsewhere?: string[];

  @Prop({ type: MongooseSchema.Types.Mixed, default: null })
  next!: Repartition | null;

  @Prop({ type: [String], default: [] })
  former!: string[];

  @Prop({ type: Boolean, required: true })
  paused!: boolean;

  @Prop({ type: MongooseSchema.Types.Mixed, default: null })
  pause!: StoredGroup['pause'];

  @Prop({ type: Number, required: true })
  revision!: number;

  @Prop({ type: String, default: null })
  deployment!: string | null;
}

export const groupRecordSchema = SchemaFactory.createForClass(GroupRecord);
