import { expect, it } from 'vitest';
import { z } from 'zod';
import * as admin from '../admin.dto.js';
import * as deadLetters from '../dead-letter.dto.js';
import * as groups from '../group-register.dto.js';
import * as resets from '../group-reset.dto.js';
import * as inbox from '../inbox.dto.js';
import * as positions from '../position.dto.js';

const named = Object.entries({ ...admin, ...deadLetters, ...groups, ...resets, ...inbox, ...positions }).flatMap(
  ([name, schema]) => (schema instanceof z.ZodType && schema.meta()?.example !== undefined ? [{ name, schema }] : []),
);

it('there are examples', () => expect(named.length).toBeGreaterThan(20));

it.each(named)('the example of $name is one', ({ schema }) => {
  const { error } = schema.safeParse(schema.meta()?.example);
  expect(error?.issues).toBeUndefined();
});
