import type { EpochStore } from './epoch.store.js';

/** The highest epochs of one queue, as far as this owner of it knows them. */
export class PartitionEpochs {
  private loading: Promise<Map<string, number>> | undefined;
  private known: ReadonlyMap<string, number> | undefined;

  constructor(
    private readonly queue: string,
    private readonly store: EpochStore,
  ) {}

  /** How an event stands to what is known; `unknown`: `see` it first. */
  compare(stream: string, epoch: number): 'current' | 'old' | 'unknown' {
    const highest = this.known?.get(stream);
    if (highest === epoch) return 'current';
    return highest !== undefined && epoch < highest ? 'old' : 'unknown';
  }

  /** Reads what earlier owners have saved, and saves this epoch where it is a new one. */
  async see(stream: string, epoch: number): Promise<void> {
    const known = await this.load();
    if (epoch <= (known.get(stream) ?? -1)) return;
    await this.store.raise(this.queue, stream, epoch);
    known.set(stream, epoch);
  }

  private async load(): Promise<Map<string, number>> {
    this.loading ??= this.store.load(this.queue);
    try {
      const known = await this.loading;
      this.known = known;
      return known;
    } catch (error) {
      this.loading = undefined;
      throw error;
    }
  }
}
