import { PublishGate } from '../publish/publish.gate.js';
import type { Standing } from '../publish/stream.publisher.js';
import type { HeldLease } from './held.lease.js';

/** The gate of one taking of a stream: asked before each publish, it closes for good when the lease's time is over. */
export class LeasedPublishGate extends PublishGate {
  constructor(
    private readonly gate: PublishGate,
    private readonly lease: HeldLease,
  ) {
    super();
  }

  closedBecause(): Standing | undefined {
    if (!this.lease.mayPublish()) return { state: 'waiting', reason: 'the lease is over' };
    return this.gate.closedBecause();
  }

  onChange(listener: () => void): () => void {
    return this.gate.onChange(listener);
  }
}
