import type { OpenAPIObject } from '@nestjs/swagger';
import { expect, it } from 'vitest';
import { HttpContract } from './http-contract.js';

const responses = {};
const contract = new HttpContract({
  openapi: '3.0.0',
  info: { title: '', version: '' },
  paths: {
    '/api/v1/letters': {
      get: {
        responses,
        parameters: [
          { name: 'limit', in: 'query' },
          { name: 'x', in: 'header' },
        ],
      },
    },
    '/api/v1/letters/{id}': { get: { responses }, delete: { responses } },
    '/api/v1/letters/replay': { post: { responses, requestBody: { content: {} } } },
    '/api/v1/letters/{id}/replay': { post: { responses } },
  },
} satisfies OpenAPIObject);

it.each([
  ['GET', '/api/v1/letters', ['GET', 'HEAD', 'OPTIONS'], { query: ['limit'], takesBody: false }],
  ['HEAD', '/api/v1/letters/', ['GET', 'HEAD', 'OPTIONS'], { query: ['limit'], takesBody: false }],
  ['PATCH', '/api/v1/letters', ['GET', 'HEAD', 'OPTIONS'], undefined],
  ['POST', '/api/v1/letters/replay', ['POST', 'OPTIONS'], { query: [], takesBody: true }],
  ['GET', '/API/v1/letters/replay', ['POST', 'OPTIONS'], undefined], // no letter of that name
  ['DELETE', '/api/v1/letters/a', ['GET', 'DELETE', 'HEAD', 'OPTIONS'], { query: [], takesBody: false }],
  ['POST', '/api/v1/letters/a%2Fb/replay', ['POST', 'OPTIONS'], { query: [], takesBody: false }],
])('%s %s: %j, %j', (method, path, methods, operation) => {
  const match = contract.match(method, path);
  expect(match?.methods).toEqual(methods);
  const found = match?.operation;
  expect(found && { ...found, query: [...found.query] }).toEqual(operation);
});

it.each(['/api/v1', '/api/v1/letters/a/b/c', '/api/v1/lettersx', '/api-json'])('says nothing of %s', (path) => {
  expect(contract.match('GET', path)).toBeUndefined();
});
