import type { RawChange } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { lastStages, modeAfterBatch, modeAfterOversize, slimChange } from './oversize.plan.js';

describe('an event that the server cannot send', () => {
  it('is approached one by one, then read slim, and stops the stream where even that is too large', () => {
    const stream = { onOversize: 'omitDocument' as const };
    expect(modeAfterOversize('whole', stream)).toBe('singly');
    expect(modeAfterOversize('singly', stream)).toBe('slim');
    expect(modeAfterOversize('slim', stream)).toBeUndefined();
  });

  it.each(['claimCheck', 'fail'] as const)('stops the stream under %s: there is nothing to store', (onOversize) => {
    expect(modeAfterOversize('whole', { onOversize })).toBeUndefined();
  });

  it('is behind us when it was read slim, or when a batch of events or the end of the oplog came without a failure', () => {
    expect(modeAfterBatch('slim', 0, 0, 10)).toBe('slim');
    expect(modeAfterBatch('slim', 1, 0, 10)).toBe('whole');
    expect(modeAfterBatch('singly', 1, 3, 10)).toBe('singly');
    expect(modeAfterBatch('singly', 1, 9, 10)).toBe('whole');
    expect(modeAfterBatch('singly', 0, 3, 10)).toBe('whole');
    expect(modeAfterBatch('whole', 0, 3, 10)).toBe('whole');
  });

  it.each([
    ['insert', 'updateLookup', 'off', ['fullDocument']],
    ['update', 'updateLookup', 'whenAvailable', ['fullDocumentBeforeChange', 'fullDocument', 'updateDescription']],
    ['update', 'default', 'off', ['updateDescription']],
    ['delete', 'updateLookup', 'required', ['fullDocumentBeforeChange']],
    ['drop', 'updateLookup', 'required', undefined],
  ] as const)(
    'read slim, as %s with %s and pre-images %s, says what it has not',
    (operation, fullDocument, before, left) => {
      const change = { operation } as RawChange; // the plan looks at nothing else
      expect(slimChange(change, { fullDocument, fullDocumentBeforeChange: before }).omitted).toEqual(left);
    },
  );

  it('is split by the last stage of all, unless the server has none or the large fields are taken away', () => {
    expect(lastStages('whole', true)).toEqual([{ $changeStreamSplitLargeEvent: {} }]);
    expect(lastStages('whole', false)).toEqual([]);
    expect(lastStages('slim', true)).toEqual([
      { $unset: ['fullDocumentBeforeChange', 'fullDocument', 'updateDescription'] },
    ]);
  });
});
