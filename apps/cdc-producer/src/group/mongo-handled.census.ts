import { Injectable } from '@nestjs/common';
import { INBOX_COLLECTION, MOST_COUNTED_EVENTS, positionKey, type PositionForecast } from '@sluice/contracts';
import { MongoLink, stateCollection } from '@sluice/platform';
import { MaxKey, Timestamp, type Document } from 'mongodb';
import { GroupDirectory } from './group.directory.js';
import { HandledCensus, type ChangeRange } from './handled.census.js';

/** Entries have no index by position, which would cost every event a write: a group's are looked through. */
const LIMIT_MS = 3_000;

/**
 * Counts in the state database, where handlers keep their inbox whose `once` names no other connection: those that do are
 * named, since only their own application can reach what they name.
 */
@Injectable()
export class MongoHandledCensus extends HandledCensus {
  constructor(
    private readonly link: MongoLink,
    private readonly groups: GroupDirectory,
  ) {
    super();
  }

  override async count(range: ChangeRange): Promise<NonNullable<PositionForecast['groups']>> {
    const own = (await this.groups.refresh()).filter(({ kind }) => kind === 'own');
    return Promise.all(
      own.map(async ({ _id: name, inboxElsewhere: notCounted }) => {
        const counted = await this.countOf(name, range).catch(() => undefined);
        return { name, ...counted, ...(notCounted === undefined ? {} : { notCounted }) };
      }),
    );
  }

  private async countOf(group: string, range: ChangeRange) {
    const inbox = stateCollection<Document>(this.link, INBOX_COLLECTION);
    const stages = [
      { $match: { _id: { $gte: { group }, $lt: { group, handler: new MaxKey() } }, ...between(range) } },
      { $limit: MOST_COUNTED_EVENTS },
      { $group: { _id: '$_id.event', handlers: { $sum: 1 } } },
      { $group: { _id: null, events: { $sum: 1 }, entries: { $sum: '$handlers' } } },
    ];
    const counting = inbox.aggregate<{ events: number; entries: number }>(stages, { maxTimeMS: LIMIT_MS });
    const { events, entries } = (await counting.next()) ?? { events: 0, entries: 0 };
    return { events, isComplete: entries < MOST_COUNTED_EVENTS };
  }
}

function between({ stream, from, to }: ChangeRange): Document {
  const keyOf = (clusterTime: Timestamp) => positionKey({ clusterTime, generation: 0, ordinal: 0 });
  const behind = new Timestamp(to.add(1));
  return { stream, position: { $gte: keyOf(from), $lt: keyOf(behind) } };
}
