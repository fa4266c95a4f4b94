import { Injectable } from '@nestjs/common';
import type { PositionForecast } from '@sluice/contracts';
import type { Timestamp } from 'mongodb';
import type { StartPoint } from '../change-stream/start.plan.js';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import { HandledCensus } from '../group/handled.census.js';
import { timeOf } from './position.plan.js';
import { PositionProbe } from './position.probe.js';

/** A change of position that is only tried. */
export interface TriedChange {
  readonly stream: StreamSettings;
  /** Where the stream stands. */
  readonly seen: Checkpoint | null;
  readonly start: StartPoint;
  /** The time that `start` stands for; null where that is not known. */
  readonly time: Timestamp | null;
}

const NOT_KNOWN: PositionForecast = { changes: null, groups: null };

/** Counts what a change of position would do, before anybody does it. */
@Injectable()
export class PositionForecaster {
  constructor(
    private readonly probe: PositionProbe,
    private readonly census: HandledCensus,
  ) {}

  /** What cannot be counted, because the server does not answer it, is told as not known. */
  async of({ stream, seen, start, time }: TriedChange): Promise<PositionForecast> {
    const stands = timeOf(seen);
    if (seen === null || stands === null || time === null) return NOT_KNOWN;
    if (time.gte(stands)) return { changes: await this.count(stream, startOf(seen, stands), time), groups: [] };
    const changes = await this.count(stream, start, stands);
    const groups = await this.census.count({ stream: stream.name, from: time, to: stands }).catch(() => null);
    return { changes, groups };
  }

  private count(...range: Parameters<PositionProbe['count']>): Promise<PositionForecast['changes']> {
    return this.probe.count(...range).catch(() => null);
  }
}

function startOf({ readTo }: Checkpoint, stands: Timestamp): StartPoint {
  return readTo.token === null ? { kind: 'at', time: stands } : { kind: 'after', token: readTo.token };
}
