import { Long } from 'mongodb';

/** What the fields below cost without the padding. */
const FIELDS_BYTES = 200;

/** An order as a shop would keep it, of about `bytes` bytes of BSON. */
export function anOrder(n, bytes) {
  return {
    n,
    customer: `customer ${n}`,
    at: new Date(1_767_225_600_000 + n),
    total: 12.5 + n,
    views: Long.fromNumber(n),
    paid: n % 2 === 0,
    tags: ['new', 'web'],
    address: { street: 'Main Street', number: n % 100 },
    note: 'x'.repeat(Math.max(0, bytes - FIELDS_BYTES)),
  };
}
