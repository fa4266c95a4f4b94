import { isControlOperation, OMITTABLE_FIELDS, type OmittableField, type RawChange } from '@sluice/contracts';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { Stage } from '../filter/user-pipeline.policy.js';

/**
 * How a stream is read where the server cannot send an event, over 16 MB, and cannot split it. `whole`: as always.
 * `singly`: one event a batch, so that the position is right before the one that fails. `slim`: that one, without its
 * large fields.
 */
export type ReadingMode = 'whole' | 'singly' | 'slim';

type Oversize = Pick<StreamSettings, 'onOversize'>;

/** How to go on when the server could not send an event; undefined: not at all, or it would fail for ever. */
export function modeAfterOversize(mode: ReadingMode, { onOversize }: Oversize): ReadingMode | undefined {
  if (onOversize !== 'omitDocument') return undefined;
  if (mode === 'whole') return 'singly';
  return mode === 'singly' ? 'slim' : undefined;
}

/** How to go on behind a batch of so many changes, when `read` have come in this mode before. */
export function modeAfterBatch(mode: ReadingMode, changes: number, read: number, batchSize: number): ReadingMode {
  if (mode === 'slim') return changes > 0 ? 'whole' : 'slim';
  // Looked up again, the event may have become small enough: behind a batch's worth of events it was passed.
  return mode === 'singly' && (changes === 0 || read + changes >= batchSize) ? 'whole' : mode;
}

/** Behind everything else, as the server demands of the splitting stage. https://www.mongodb.com/docs/manual/reference/operator/aggregation/changeStreamSplitLargeEvent/ */
export function lastStages(mode: ReadingMode, canSplit: boolean): Stage[] {
  if (mode === 'slim') return [{ $unset: [...OMITTABLE_FIELDS] }];
  return canSplit ? [{ $changeStreamSplitLargeEvent: {} }] : [];
}

/** A change that was read without its large fields, marked with those that it had. */
export function slimChange(
  change: RawChange,
  stream: Pick<StreamSettings, 'fullDocument' | 'fullDocumentBeforeChange'>,
): RawChange {
  const { operation } = change;
  if (isControlOperation(operation)) return change;
  const isUpdate = operation === 'update';
  const had: Record<OmittableField, boolean> = {
    fullDocument: operation !== 'delete' && (!isUpdate || stream.fullDocument !== 'default'),
    fullDocumentBeforeChange: operation !== 'insert' && stream.fullDocumentBeforeChange !== 'off',
    updateDescription: isUpdate,
  };
  return { ...change, omitted: OMITTABLE_FIELDS.filter((name) => had[name]) };
}
