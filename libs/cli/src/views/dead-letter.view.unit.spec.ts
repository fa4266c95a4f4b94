import { deadLetterDetailSchema, deadLetterOperationSchema } from '@sluice/contracts';
import { expect, it } from 'vitest';
import type { Terminal } from '../output/terminal.js';
import { deadLetterDetail, operationDetail } from './dead-letter.view.js';

const terminal: Terminal = { width: 200, paint: (_, text) => text } as Terminal; // all that a view asks for
const around = { terminal, now: () => new Date('2026-03-02T12:00:00Z') };
const place = { eventId: 'event-7', stream: 'shop', position: '1772446447.0000000001.000000.00000000' };

it('one dead letter is shown with the id, stream and position of its event', () => {
  const letter = deadLetterDetailSchema.parse(deadLetterDetailSchema.meta()?.['example']);
  const shown = deadLetterDetail({ ...letter, ...place }, around);
  expect(shown).toMatch(/stream shop\n/);
  expect(shown).toMatch(/event id +event-7\n/);
  expect(shown).toMatch(/position +1772446447\.0000000001\.000000\.00000000\n/);
});

it('an operation on one dead letter is shown with its event, one on many without', () => {
  const operation = deadLetterOperationSchema.parse(deadLetterOperationSchema.meta()?.['example']);
  const shown = operationDetail({ ...operation, letter: 'letter-1', filter: null, ...place }, around);
  expect(shown).toMatch(/event id +event-7\n/);
  expect(shown).toMatch(/stream shop, position 1772446447\./);
  expect(operationDetail(operation, around)).not.toMatch(/event id/);
});
