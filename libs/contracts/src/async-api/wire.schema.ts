import { z } from 'zod';
import { realtimeValueSchema } from '../realtime/realtime-value.js';
import { WIRE_DATE, WIRE_INTEGER } from './wire-values.js';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What an AsyncAPI document's schemas are beside their own words: https://www.asyncapi.com/docs/reference/specification/v3.1.0#schemaObject */
const TARGET = 'draft-7';

/** Where the document keeps the schemas that have a name. */
const SCHEMAS = '#/components/schemas/';

/**
 * The schemas by their names, as JSON Schema that refers to each other. `isExtended`: what is written as Extended JSON,
 * where dates and numbers are no plain ones. @throws Error for two schemas of one name
 */
export function namedSchemas(schemas: readonly z.ZodType[], isExtended: boolean): Record<string, JsonSchema> {
  const names = z.registry<{ id: string }>();
  for (const schema of schemas) names.add(schema, { id: nameOf(schema) });
  const {
    schemas: { __shared: _nesting, ...converted },
  } = z.toJSONSchema(names, {
    target: TARGET,
    io: 'input', // readers take fields that they do not know
    unrepresentable: 'any',
    uri: (id) => `${SCHEMAS}${id}`,
    override: ({ zodSchema, jsonSchema }) => {
      if (Object.is(zodSchema, realtimeValueSchema)) replace(jsonSchema, {}); // every JSON value, and not how it nests
      if (isExtended) writeAsExtendedJson(zodSchema, jsonSchema);
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern; // says the same again, at length
    },
  });
  return Object.fromEntries(Object.entries(converted).map(([name, schema]) => [name, withoutIds(schema)]));
}

export function referenceTo(schema: z.ZodType): { readonly $ref: string } {
  return { $ref: `${SCHEMAS}${nameOf(schema)}` };
}

function nameOf(schema: z.ZodType): string {
  const id = schema.meta()?.id;
  if (id === undefined) throw new Error('a schema of a message needs a name, .meta({ id })');
  return id;
}

function writeAsExtendedJson({ _zod: { def } }: z.core.$ZodTypes, schema: JsonSchema): void {
  const isNumber = def.type === 'number' || (def.type === 'literal' && typeof def.values[0] === 'number');
  if (isNumber) replace(schema, WIRE_INTEGER);
  if (def.type === 'date') replace(schema, WIRE_DATE);
}

function replace(schema: JsonSchema, by: object): void {
  const { description } = schema;
  for (const key of Object.keys(schema)) delete schema[key];
  Object.assign(schema, by, description === undefined ? {} : { description });
}

function withoutIds({ $id: _id, $schema: _schema, id: _name, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
