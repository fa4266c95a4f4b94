import { fileURLToPath } from 'node:url';
import type { OpenAPIObject } from '@nestjs/swagger';
import { beforeAll, describe, expect, it } from 'vitest';
import { consumerDocument, producerDocument } from './http.documents.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
const WRITE_ANEW = 'is not what the app serves: `npm run docs:api` writes it anew';

describe.each([
  ['cdc-producer', producerDocument],
  ['cdc-consumer', consumerDocument],
])('the OpenAPI document of %s', (app, documentOf) => {
  const file = `docs/api/${app}.openapi.json`;
  let document: OpenAPIObject;
  let operations: readonly { readonly where: string; readonly operation: Operation }[];
  beforeAll(async () => {
    document = await documentOf();
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item[method];
        return operation === undefined ? [] : [{ where: `${method} ${path}`, operation }];
      }),
    );
  });

  it(`stands in ${file}`, async () => {
    const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
    await expect(`${JSON.stringify(document, null, 2)}\n`, `${file} ${WRITE_ANEW}`).toMatchFileSnapshot(path);
  });

  it('says of every route what it is for, and what each answer and parameter is', () => {
    expect(operations.length).toBeGreaterThan(9);
    for (const { where, operation } of operations) {
      expect(operation.summary ?? '', where).not.toBe('');
      for (const [status, answer] of Object.entries(operation.responses)) {
        expect(
          answer !== undefined && 'description' in answer && answer.description,
          `${where} ${status}`,
        ).toBeTruthy();
      }
      for (const parameter of operation.parameters ?? []) {
        expect('schema' in parameter && parameter.schema, `${where} ${JSON.stringify(parameter)}`).toBeTruthy();
      }
    }
  });

  it('says of every route that asks for a token that its check may have to wait for the identity provider', () => {
    const guarded = operations.filter(({ operation: { security } }) => security !== undefined);
    expect(guarded.length).toBeGreaterThan(9);
    for (const { where, operation } of operations) {
      const answer = operation.responses['503'];
      const isTold = JSON.stringify(answer ?? '').includes('SLUICE-IDENTITY-PROVIDER-AWAY');
      expect(isTold, where).toBe(operation.security !== undefined);
      if (isTold) expect(answer, where).toHaveProperty(['content', 'application/problem+json']);
    }
  });

  it('asks for a body where there must be one, and only there', () => {
    const bodies = operations.flatMap(({ where, operation: { requestBody } }) =>
      requestBody !== undefined && 'content' in requestBody ? [[where, requestBody.required] as const] : [],
    );
    expect(bodies.length).toBeGreaterThan(1);
    for (const [where, isRequired] of bodies)
      expect(isRequired, where).toBe(!/\/(pause|resume|restart|\{id\}\/replay)$/.test(where));
  });

  it('shows an example of every body, and of every good answer in JSON', () => {
    for (const { where, operation } of operations.filter(({ where: route }) => !route.includes('/health/'))) {
      const { requestBody, responses } = operation;
      const bodies = [...(requestBody === undefined ? [] : [requestBody]), ...Object.values(responses)];
      for (const body of bodies) {
        const schema = body !== undefined && 'content' in body ? body.content?.['application/json']?.schema : undefined;
        if (schema !== undefined)
          expect(hasExample(schema, document), `${where}: ${JSON.stringify(schema)}`).toBe(true);
      }
    }
  });
});

/** Of its own, or one in each alternative. */
function hasExample(schema: Schema, document: OpenAPIObject): boolean {
  const name = '$ref' in schema ? schema.$ref.split('/').at(-1) : undefined;
  const meant = name === undefined ? schema : document.components?.schemas?.[name];
  if (meant === undefined || '$ref' in meant) return false;
  const parts = [...(meant.anyOf ?? []), ...(meant.allOf ?? [])];
  return meant.example !== undefined || (parts.length > 0 && parts.every((each) => hasExample(each, document)));
}
