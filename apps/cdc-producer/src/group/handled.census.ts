import type { PositionForecast } from '@sluice/contracts';
import type { Timestamp } from 'mongodb';

/** A stream's changes between two times, both included. */
export interface ChangeRange {
  readonly stream: string;
  readonly from: Timestamp;
  readonly to: Timestamp;
}

/** How much of a range the consumer groups have handled, as far as their handlers keep an inbox. */
export abstract class HandledCensus {
  /** A group whose inbox does not answer soon has no count. @throws where the groups cannot be read */
  abstract count(range: ChangeRange): Promise<NonNullable<PositionForecast['groups']>>;
}
