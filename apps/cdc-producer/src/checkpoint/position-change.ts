import type { Position } from '@sluice/contracts';
import type { ReadTo } from './checkpoint.js';

/** Who changes a position, and why. */
export interface Operator {
  readonly by: string;
  readonly reason: string;
}

/** What an operator makes of a position. */
export interface PositionChange extends Operator {
  /** As it was asked for: `now`, a time, a token as JSON, or `delete`. */
  readonly request: string;
  /** Null deletes it: the stream begins at its `startAt`. */
  readonly to: { readonly readTo: ReadTo; readonly pipelineHash: string } | null;
}

/** A position in the audit trail. */
export interface AuditedPosition {
  readonly epoch: number;
  readonly generation: number;
  readonly last: Position | null;
  readonly readTo: ReadTo | null;
}

/** One change in the audit trail. */
export interface PositionAudit extends Operator {
  /** Counts the stream's changes, from 1. */
  readonly number: number;
  /** The server's time. */
  readonly at: Date;
  readonly request: string;
  readonly before: AuditedPosition;
  readonly after: AuditedPosition;
}

export interface HistoryPage {
  readonly limit: number;
  /** Only changes with a lower number. */
  readonly before?: number;
}
