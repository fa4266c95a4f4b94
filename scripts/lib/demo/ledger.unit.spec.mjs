import { describe, expect, it } from 'vitest';
import { Ledger } from './ledger.mjs';
import { faultsOf } from './faults.mjs';

const line = (operation, key) => ({ operation, namespace: 'shop.orders', key });

function ledgerOf(...operations) {
  const ledger = new Ledger();
  for (const [n, operation] of operations.entries()) ledger.sent(operation, 'shop.orders', `${n}`);
  return ledger;
}

describe('the ledger of a run', () => {
  it('finds nothing wrong when every change was published and handled once', () => {
    const ledger = ledgerOf('insert', 'delete');
    ledger.seen(line('insert', '0'));
    ledger.seen(line('delete', '1'));
    expect(faultsOf(ledger, { insert: 1, delete: 1 })).toEqual([]);
    expect(ledger.byOperation().get('insert')).toEqual({ written: 1, handled: 1, duplicates: 0, missing: 0 });
  });

  it('counts a repeat as a duplicate, not as another change handled', () => {
    const ledger = ledgerOf('insert', 'insert');
    ledger.seen(line('insert', '0'));
    expect(ledger.seen(line('insert', '0'))).toBe('again');
    expect(ledger.handled).toBe(1);
    expect(ledger.byOperation().get('insert')).toEqual({ written: 2, handled: 1, duplicates: 1, missing: 1 });
  });

  it('tells how many of which operation are missing', () => {
    expect(faultsOf(ledgerOf('insert', 'update'), { insert: 1, update: 1 })).toEqual([
      '1 of 1 insert events were not handled.',
      '1 of 1 update events were not handled.',
    ]);
  });

  it('tells of an event that nobody wrote', () => {
    const ledger = ledgerOf();
    expect(ledger.seen(line('replace', '7'))).toBe('yours');
    expect(faultsOf(ledger, {})).toEqual(['1 handled events were never written, the first: replace shop.orders 7']);
  });

  it('tells when the producer counts fewer events than were written', () => {
    const ledger = ledgerOf('update');
    ledger.seen(line('update', '0'));
    expect(faultsOf(ledger, {})).toEqual(['The producer counts 0 of 1 update events as published.']);
  });
});
