import { Logger } from '@nestjs/common';
import { positionKey, type Position } from '@sluice/contracts';
import { ChangeSignal } from '@sluice/platform';
import { Backoff } from '../change-stream/backoff.plan.js';
import { StreamFencedError, StreamStoppedError } from '../change-stream/stream.error.js';
import type { Watermark } from '../publish/publish-window.js';
import type { Checkpoint, CheckpointStore } from './checkpoint.js';
import { saveDueInMs, type SaveSettings } from './save-due.plan.js';

/** What the window's marks stand for: what may be saved there. */
export interface CheckpointMark {
  readonly last: Position | null;
  readonly readTo: () => Checkpoint['readTo'];
  /** When the server had nothing more behind it, by `performance.now()`. */
  readonly caughtUpAtMs?: number | undefined;
}

export interface WriterSettings extends SaveSettings {
  readonly stream: string;
  readonly epoch: number;
  readonly generation: number;
  readonly pipelineHash: string;
}

/** Saves the watermark: soon behind events, seldom on an idle stream, and never a place before the saved one. */
export class CheckpointWriter {
  private readonly logger: Logger;
  private readonly changed = new ChangeSignal();
  private readonly done = new ChangeSignal();
  private readonly backoff = new Backoff();
  private latest: Watermark<CheckpointMark> | undefined;
  private saved: Watermark<CheckpointMark> | undefined;
  private savedAtMs = performance.now();
  private serial = 0;
  /** How many wait for all to be saved: then it is due, on an idle stream too. */
  private waiting = 0;

  constructor(
    private readonly store: CheckpointStore,
    private readonly settings: WriterSettings,
    private readonly onSaved: (sequence: number, checkpoint: Checkpoint, serial: number) => void,
  ) {
    this.logger = new Logger(`checkpoint ${settings.stream}`);
  }

  /** For whoever has lost the state database: `PUT position` takes the token back, see docs/operations.md. */
  private tell({ last, readTo: { token, time } }: Checkpoint): void {
    this.logger.debug({
      msg: 'position saved',
      stream: this.settings.stream,
      position: last === null ? null : positionKey(last),
      readTo: time === null ? null : new Date(time.t * 1_000).toISOString(),
      resumeToken: token,
    });
  }

  note(watermark: Watermark<CheckpointMark>): void {
    const dueInMs = this.dueInMs();
    this.latest = watermark;
    if (this.dueInMs() < dueInMs) this.changed.notify(); // not for every one: they come by the thousand
  }

  /** Saves whenever it is due, until the signal fires. @throws StreamFencedError when another producer has the stream. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const dueInMs = this.dueInMs();
      if (dueInMs > 0) await this.changed.wait(signal, dueInMs);
      else await this.saveAgain(signal);
    }
  }

  /** Resolves when what has been noted is saved, however often that has to be tried; or when the signal fires. */
  async savedAll(signal: AbortSignal): Promise<void> {
    this.waiting += 1;
    this.changed.notify();
    while (this.latest !== this.saved && !signal.aborted) await this.done.wait(signal);
    this.waiting -= 1;
  }

  /** Saves what is left, once. */
  async flush(): Promise<void> {
    if (this.latest !== undefined && this.latest !== this.saved) await this.save(this.latest);
  }

  private dueInMs(): number {
    const { latest, saved, settings } = this;
    if (latest === undefined || latest === saved) return Infinity;
    const isAwaited = saved === undefined || this.waiting > 0; // the beginning: nothing is published before it is saved
    const sinceSaveMs = performance.now() - this.savedAtMs;
    return saveDueInMs({ events: latest.sequence - (saved?.sequence ?? 0), sinceSaveMs, isAwaited }, settings);
  }

  private async saveAgain(signal: AbortSignal): Promise<void> {
    try {
      await this.flush();
      this.backoff.reset();
    } catch (error) {
      if (error instanceof StreamStoppedError) throw error;
      if (this.backoff.attempts === 0) this.logger.warn(`position not saved, trying again: ${String(error)}`);
      await this.backoff.wait(signal);
    }
  }

  private async save(watermark: Watermark<CheckpointMark>): Promise<void> {
    const { mark, sequence } = watermark;
    const { stream, epoch, pipelineHash } = this.settings;
    const generation = Math.max(this.settings.generation, mark.last?.generation ?? 0); // a gap has raised it since
    const checkpoint = { last: mark.last, readTo: mark.readTo() };
    const serial = ++this.serial;
    const result = await this.store.save(stream, epoch, { ...checkpoint, generation, pipelineHash, serial });
    if (result === 'fenced') throw new StreamFencedError(stream);
    this.saved = watermark;
    this.done.notify();
    this.savedAtMs = performance.now();
    this.tell(checkpoint);
    this.onSaved(sequence, checkpoint, serial);
  }
}
