import type { NextFunction, Request, Response } from 'express';
import type { HttpContract } from './http-contract.js';
import { MAX_URL_LENGTH } from './limits.js';
import { RequestInvalidError } from './request-invalid.error.js';
import { ContentTypeWrongError, MethodNotAllowedError, UrlTooLongError } from './request.errors.js';

type Middleware = (request: Request, response: Response, next: NextFunction) => void;

/** Before anything else is done for a request. */
export function limitUrl(request: Request, _: Response, next: NextFunction): void {
  const { length } = request.originalUrl;
  if (length > MAX_URL_LENGTH) throw new UrlTooLongError(length, MAX_URL_LENGTH);
  next();
}

/** Methods, queries and content types that the contract does not know: refused before a body is read. */
export function keepContract(contract: HttpContract): Middleware {
  return (request, response, next) => {
    const match = contract.match(request.method, request.path);
    if (match === undefined) return next();
    if (request.method === 'OPTIONS') return void response.status(204).set('Allow', match.methods.join(', ')).end();
    if (match.operation === undefined) throw new MethodNotAllowedError(request.method, match.methods);
    refuseUnknownQuery(Object.keys(request.query), match.operation.query);
    if (hasBody(request) && request.is('application/json') === false) {
      throw new ContentTypeWrongError(request.headers['content-type']);
    }
    next();
  };
}

/** A body where none is expected: whoever sends it believes that it says something. */
export function refuseUnexpectedBody(contract: HttpContract): Middleware {
  return (request, _, next) => {
    const match = contract.match(request.method, request.path);
    const body: unknown = request.body;
    const fields = typeof body === 'object' && body !== null ? Object.keys(body) : [];
    if (match?.operation?.takesBody === false && fields.length > 0) {
      throw new RequestInvalidError(fields.map((field) => ({ field, found: 'an unknown field', allowed: 'no body' })));
    }
    next();
  };
}

function refuseUnknownQuery(found: readonly string[], known: ReadonlySet<string>): void {
  const unknown = found.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const allowed = known.size === 0 ? 'no query' : `only ${[...known].join(', ')}`;
  throw new RequestInvalidError(unknown.map((field) => ({ field, found: 'an unknown parameter', allowed })));
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
