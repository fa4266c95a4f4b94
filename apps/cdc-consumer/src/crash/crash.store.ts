import type { EarlierAttempts } from '@sluice/handlers';
import type { CallMark } from './call-mark.js';

/** What a holder that has not ended in order left of a partition. */
export interface LastHold {
  readonly holder: string;
  /** The messages that it had noted: each may be what it died of, where it died of one that was called alone. */
  readonly noted: readonly string[];
}

/** What has to outlive this process for the next one to tell what it died of; of one group. */
export abstract class CrashStore {
  /** Notes who has the partition. Answers who had it before, unless that one has said that all was in order. */
  abstract take(queue: string, holder: string): Promise<LastHold | undefined>;

  /** Replaces what is noted of the partition. `false`: nothing was written, because another holder has it by now. */
  abstract note(queue: string, holder: string, messages: readonly string[]): Promise<boolean>;

  /** This holder gives the partition up in order, with suspects left: these alone stay noted. */
  abstract leave(queue: string, holder: string, messages: readonly string[]): Promise<void>;

  /** This holder is through with the partition, in order. Changes nothing where somebody else has it by now. */
  abstract release(queue: string, holder: string): Promise<void>;

  /** Who has each of the group's partitions now, by queue, and who had those that nobody has given up in order. */
  abstract holders(): Promise<ReadonlyMap<string, string>>;

  /**
   * Notes that this holder is about to call; resolves when that is safe. Answers the calls of other holders that have
   * not ended: each of them died during its own.
   */
  abstract begin(mark: CallMark, holder: string): Promise<EarlierAttempts | undefined>;

  /** The call has ended, and its holder lives; `forget`: it will not be made again. */
  abstract end(mark: CallMark, holder: string, forget: boolean): Promise<void>;
}
