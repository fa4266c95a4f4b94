import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { isGone, ownProcessMark, type ProcessMark } from './process-mark.js';

/** Who this producer is among those that share the streams. */
@Injectable()
export class ProducerIdentity {
  /** Told to operators as the holder of a stream. */
  readonly id = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  readonly process = ownProcessMark();

  /** Whether the process behind a mark has ended for certain: then nobody needs to wait for its time to run out. */
  isGone(mark: ProcessMark | null): boolean {
    return mark !== null && isGone(mark, this.process);
  }
}
