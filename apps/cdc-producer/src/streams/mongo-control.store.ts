import { Injectable } from '@nestjs/common';
import { DURABLE, MongoLink } from '@sluice/platform';
import { savedPositionOf, streamRecords, upsertRecord, type StreamRecord } from '../checkpoint/stream-record.js';
import { ControlStore, type Asked, type StreamControl } from './stream-control.js';

const NEXT_REVISION = { $add: ['$revision', 1] };

/** What operators want, in the streams' own documents: taking a stream and pausing it cannot pass each other by. */
@Injectable()
export class MongoControlStore extends ControlStore {
  constructor(private readonly link: MongoLink) {
    super();
  }

  async read(streams: readonly string[]): Promise<StreamControl[]> {
    const position = { epoch: 1, serial: 1, last: 1, readTo: 1, savedAt: 1 };
    const projection = { pause: 1, revision: 1, restarts: 1, holder: 1, leaseUntil: 1, ...position };
    const records = await streamRecords(this.link)
      .find({ _id: { $in: [...streams] } }, { projection })
      .toArray();
    return records.map(controlOf);
  }

  async pause(stream: string, { by, reason }: Asked): Promise<StreamControl> {
    const pause = { since: '$$NOW', by: { $literal: by }, reason: { $literal: reason } };
    const fields = { pause: { $ifNull: ['$pause', pause] }, revision: NEXT_REVISION };
    return controlOf(await upsertRecord(this.link, stream, fields));
  }

  async resume(stream: string): Promise<StreamControl> {
    return controlOf(await upsertRecord(this.link, stream, { pause: null, revision: NEXT_REVISION }));
  }

  async restart(stream: string): Promise<StreamControl | undefined> {
    const record = await streamRecords(this.link).findOneAndUpdate(
      { _id: stream, pause: null },
      { $inc: { revision: 1, restarts: 1 } },
      { returnDocument: 'after', writeConcern: DURABLE },
    );
    return record === null ? undefined : controlOf(record);
  }
}

/** A document of an older version has not all of the fields. */
function controlOf(record: Partial<StreamRecord> & { _id: string }): StreamControl {
  const { _id, pause, revision, restarts, holder, leaseUntil } = record;
  const isHeld = holder !== undefined && holder !== null && leaseUntil !== undefined && leaseUntil !== null;
  return {
    stream: _id,
    pause: pause ?? null,
    revision: revision ?? 0,
    restarts: restarts ?? 0,
    lease: isHeld ? { holder, until: leaseUntil } : undefined,
    position: savedPositionOf(record),
  };
}
