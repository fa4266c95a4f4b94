import type { EarlierAttempts } from '@sluice/handlers';
import type { CallMark } from './call-mark.js';

/** What has to outlive this process for the next one to tell what it died of; of one group. */
export abstract class CrashStore {
  /** Notes who has the partition. Answers who had it before without having said that all was in order at the end. */
  abstract take(queue: string, holder: string): Promise<string | undefined>;

  /** This holder is through with the partition, in order. Changes nothing where somebody else has it by now. */
  abstract release(queue: string, holder: string): Promise<void>;

  /** Calls that were begun and never ended: the process died during each. */
  abstract unended(mark: CallMark): Promise<EarlierAttempts | undefined>;

  /** Resolves when it is safe that the call is about to begin. */
  abstract begin(mark: CallMark): Promise<void>;

  /** The call has ended, and the process lives; `forget`: it will not be made again. */
  abstract end(mark: CallMark, forget: boolean): Promise<void>;
}
