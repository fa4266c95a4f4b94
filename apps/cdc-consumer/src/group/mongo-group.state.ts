import { Inject, Injectable } from '@nestjs/common';
import type { TopologyNames } from '@sluice/contracts';
import { DURABLE, MongoLink, stateCollection } from '@sluice/platform';
import type { Collection, Document } from 'mongodb';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { GROUP_RECORDS, type GroupRecords } from './group-records.plan.js';
import { GroupState, type RecordCount } from './group.state.js';

const SAFE = { writeConcern: DURABLE } as const;
/** Behind every other character that a queue's name may have. */
const LAST = '\uffff';

@Injectable()
export class MongoGroupState extends GroupState {
  constructor(
    private readonly link: MongoLink,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
  ) {
    super();
  }

  override async count(group: string): Promise<RecordCount[]> {
    const counts: RecordCount[] = [];
    for (const records of GROUP_RECORDS) {
      const { collection } = records;
      const count = await this.in(collection).countDocuments(this.ofGroup(records, group));
      if (count > 0) counts.push({ collection, count });
    }
    return counts;
  }

  override async forget(group: string): Promise<void> {
    for (const records of GROUP_RECORDS)
      await this.in(records.collection).deleteMany(this.ofGroup(records, group), SAFE);
  }

  override async forgetQueues(queues: readonly string[]): Promise<void> {
    for (const { collection, queue } of GROUP_RECORDS)
      if (queue !== undefined) await this.in(collection).deleteMany({ [queue]: { $in: [...queues] } }, SAFE);
  }

  /** By queue: those of every generation, whatever an earlier change of their number has left. */
  private ofGroup({ group: field, queue = '' }: GroupRecords, group: string): Document {
    if (field !== undefined) return { [field]: group };
    const prefix = this.names.partitionQueuePrefix(group);
    return { [queue]: { $gte: prefix, $lt: `${prefix}${LAST}` } };
  }

  private in(collection: string): Collection {
    return stateCollection(this.link, collection);
  }
}
