import { CheckpointStore, type CheckpointSave, type SaveResult, type StoredPosition } from './checkpoint.js';
import type { AuditedPosition, HistoryPage, PositionAudit, PositionChange } from './position-change.js';

interface StreamInMemory {
  position: StoredPosition;
  readonly audits: PositionAudit[];
}

/** Positions in this process, for tests without a server; keeps the same contract as the one on MongoDB. */
export class InMemoryCheckpointStore extends CheckpointStore {
  private outage: Error | undefined;

  constructor(
    private readonly streams = new Map<string, StreamInMemory>(),
    private readonly now = () => new Date(),
  ) {
    super();
  }

  /** Another process' view of the same positions. */
  beside(): InMemoryCheckpointStore {
    return new InMemoryCheckpointStore(this.streams, this.now);
  }

  /** From now on this store rejects, as one does whose server is away; undefined ends it. What is under way is lost. */
  fail(outage: Error | undefined): void {
    this.outage = outage;
  }

  /** What the lease does beside: whoever takes the stream gets the next epoch. Nobody takes a paused one. */
  take(stream: string): number {
    const held = this.open(stream);
    if (held.position.isPaused) throw new Error(`stream "${stream}" is paused`);
    held.position = { ...held.position, epoch: held.position.epoch + 1, serial: 0 };
    return held.position.epoch;
  }

  setPaused(stream: string, isPaused: boolean): void {
    const held = this.open(stream);
    held.position = { ...held.position, isPaused };
  }

  async read(stream: string): Promise<StoredPosition | undefined> {
    await this.reach();
    return this.streams.get(stream)?.position;
  }

  async save(stream: string, epoch: number, save: CheckpointSave): Promise<SaveResult> {
    await this.reach();
    const held = this.streams.get(stream);
    if (held === undefined || held.position.epoch !== epoch) return 'fenced';
    if (held.position.serial >= save.serial) return 'ignored';
    const { last, readTo, pipelineHash, generation, serial } = save;
    const checkpoint = { last, readTo };
    held.position = { ...held.position, checkpoint, pipelineHash, generation, serial, savedAt: this.now() };
    return 'saved';
  }

  async change(seen: StoredPosition, change: PositionChange): Promise<StoredPosition | undefined> {
    await this.reach();
    const held = this.streams.get(seen.stream);
    if (held === undefined || !held.position.isPaused) return undefined;
    const { epoch, serial, generation } = held.position;
    if (epoch !== seen.epoch || serial !== seen.serial) return undefined;
    const { to, by, reason, request } = change;
    const before = auditedOf(held.position);
    held.position = {
      ...held.position,
      epoch: epoch + 1,
      serial: 0,
      generation: generation + 1,
      pipelineHash: to?.pipelineHash ?? null,
      checkpoint: to === null ? null : { last: null, readTo: to.readTo },
      savedAt: to === null ? null : this.now(),
    };
    const number = held.audits.length + 1;
    held.audits.push({ number, at: this.now(), by, reason, request, before, after: auditedOf(held.position) });
    return held.position;
  }

  async history(stream: string, { limit, before = Infinity }: HistoryPage): Promise<PositionAudit[]> {
    await this.reach();
    const audits = this.streams.get(stream)?.audits ?? [];
    return audits
      .filter(({ number }) => number < before)
      .reverse()
      .slice(0, limit);
  }

  /** A server is never there at once: an outage that begins meanwhile is met. */
  private async reach(): Promise<void> {
    await Promise.resolve();
    if (this.outage !== undefined) throw this.outage;
  }

  private open(stream: string): StreamInMemory {
    const held = this.streams.get(stream) ?? { position: unsaved(stream), audits: [] };
    this.streams.set(stream, held);
    return held;
  }
}

function unsaved(stream: string): StoredPosition {
  const nothing = { pipelineHash: null, checkpoint: null, savedAt: null };
  return { stream, epoch: 0, serial: 0, generation: 0, isPaused: false, ...nothing };
}

function auditedOf({ epoch, generation, checkpoint }: StoredPosition): AuditedPosition {
  return { epoch, generation, last: checkpoint?.last ?? null, readTo: checkpoint?.readTo ?? null };
}
