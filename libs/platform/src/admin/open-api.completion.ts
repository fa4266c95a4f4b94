import { STATUS_CODES } from 'node:http';
import type { OpenAPIObject } from '@nestjs/swagger';
import { problemSchema } from '@sluice/contracts';
import { OPEN_EXTENSION, ROLE_EXTENSION } from '../access/access.decorators.js';
import { roleForMethod, type Role } from '../access/role.js';
import { MAX_URL_LENGTH } from './limits.js';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Answer = Operation['responses'][string];

/**
 * Writes into the document what is true of every route by itself, so that no controller says it or forgets it: who may
 * call it, and the errors that stand before it.
 */
export function completed(document: OpenAPIObject): OpenAPIObject {
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation !== undefined) completeOperation(operation, method);
    }
  }
  return document;
}

function completeOperation(operation: Operation, method: string): void {
  const extensions = operation as Operation & { [OPEN_EXTENSION]?: true; [ROLE_EXTENSION]?: Role };
  const isOpen = extensions[OPEN_EXTENSION] === true;
  delete extensions[OPEN_EXTENSION];
  if (!isOpen) {
    extensions[ROLE_EXTENSION] ??= roleForMethod(method);
    operation.security = [{ bearer: [] }];
  }
  const common = {
    ...REQUEST_ANSWERS,
    ...(isOpen ? {} : ACCESS_ANSWERS),
    ...(operation.requestBody ? BODY_ANSWERS : {}),
  };
  for (const [status, description] of Object.entries(common)) {
    operation.responses[status] ??= { description, content: {} };
  }
  if (!isOpen) addProviderAway(operation);
  for (const [status, answer] of Object.entries(operation.responses)) {
    if (answer === undefined || !('description' in answer)) continue;
    answer.description ||= STATUS_CODES[status] ?? status;
    if (Number(status) >= 400) asProblem(answer);
  }
}

/** Beside what else of the route may be away: one status has one description. */
function addProviderAway({ responses }: Operation): void {
  const own = responses['503'];
  const before = own !== undefined && 'description' in own && own.description !== '' ? `${own.description}; or ` : '';
  responses['503'] = { ...own, description: `${before}${PROVIDER_AWAY}` };
}

/** Errors are problem details, whatever the controller's decorator could say of their content type. */
function asProblem(answer: Extract<Answer, { description: string }>): void {
  const schema = answer.content?.['application/json']?.schema;
  if (schema !== undefined && !('$ref' in schema)) return; // a report of health
  answer.content = { 'application/problem+json': { schema: { $ref: `#/components/schemas/${PROBLEM}` } } };
}

const PROBLEM = problemSchema.meta()?.id ?? 'Problem';

const REQUEST_ANSWERS = {
  '400': 'A field, a parameter or the path is missing, unknown or malformed; `errors` names each',
  '414': `Path and query are longer than ${MAX_URL_LENGTH} characters together`,
};
const ACCESS_ANSWERS = {
  '401': 'No token, a wrong one or one that has expired',
  '403': 'The token has not the role that this needs',
  '429': 'Too many wrong tokens came from this address; `Retry-After` says when to try again',
};
const PROVIDER_AWAY =
  'ADMIN_JWKS_URL is away, so that no JWT can be checked (SLUICE-IDENTITY-PROVIDER-AWAY, with `Retry-After`)';
const BODY_ANSWERS = {
  '413': 'The body is too large',
  '415': 'The body is not application/json',
};
