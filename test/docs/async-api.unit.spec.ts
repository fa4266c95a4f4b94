import { fileURLToPath } from 'node:url';
import { Parser } from '@asyncapi/parser';
import { decodeChangeEvent, describeMessages } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

/** The parser reads its own rules and schemas first, which takes seconds on a busy machine. */
const PARSING_MS = 60_000;
const FILE = 'docs/api/sluice.asyncapi.json';

it(`the description of the messages stands in ${FILE}`, async () => {
  const path = fileURLToPath(new URL(`../../${FILE}`, import.meta.url));
  const text = `${JSON.stringify(describeMessages(), null, 2)}\n`;
  await expect(text, `${FILE} is not what the apps serve: \`npm run docs:api\` writes it anew`).toMatchFileSnapshot(
    path,
  );
});

it(
  'is an AsyncAPI 3 document',
  async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(describeMessages()));
    expect(diagnostics.filter(({ code }) => !MAY_BE_MISSING.has(String(code)))).toEqual([]);
    expect(document?.version()).toBe('3.1.0');
  },
  PARSING_MS,
);

/** Recommendations about who made it, and under which terms: this project has neither. */
const MAY_BE_MISSING = new Set(['asyncapi-id', 'asyncapi3-tags', 'asyncapi-info-contact', 'asyncapi-info-license']);

describe('its schemas', () => {
  const { messages, schemas } = describeMessages().components;
  /** A payload's schema on its own. */
  const readerOf = (payload: object) => {
    const alone = JSON.stringify({ ...payload, $defs: schemas }).replaceAll('#/components/schemas/', '#/$defs/');
    return z.fromJSONSchema(JSON.parse(alone) as z.core.JSONSchema.JSONSchema);
  };
  const examples = Object.values(messages).flatMap(({ name, payload, examples: all = [] }) =>
    all.map((example) => ({ name, payload, example: example.payload as { pattern: string; data: object } })),
  );

  it('are shown by an example of each event', () => expect(examples.map(({ name }) => name)).toHaveLength(10));

  it.each(examples)(
    'take the example of $name, which is one of our messages, and no part of it',
    ({ payload, example }) => {
      expect(decodeChangeEvent(Buffer.from(JSON.stringify(example)), 'application/json').pattern).toBe(example.pattern);
      const reader = readerOf(payload);
      expect(reader.safeParse(example).error).toBeUndefined();
      for (const field of ['operation', 'position', 'source', 'id']) {
        const { [field]: _left, ...rest } = example.data as Record<string, unknown>;
        expect(reader.safeParse({ ...example, data: rest }).success, `without ${field}`).toBe(false);
      }
    },
  );
});
