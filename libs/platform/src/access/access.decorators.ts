import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import type { Caller } from './caller.js';
import type { Role } from './role.js';

/** Keys of a route's metadata, and of the same in the OpenAPI document. */
export const OPEN = 'sluice:open';
export const NEEDED_ROLE = 'sluice:role';
export const OPEN_EXTENSION = 'x-sluice-open';
export const ROLE_EXTENSION = 'x-sluice-role';

/** For everybody, without a token: health, and pages that only link. Whatever does not say so asks for one. */
export const OpenToAll = () => applyDecorators(SetMetadata(OPEN, true), ApiExtension(OPEN_EXTENSION, true));

/** The role that a route needs, where its method does not say it (reading: viewer, else operator). */
export const Needs = (role: Role) =>
  applyDecorators(SetMetadata(NEEDED_ROLE, role), ApiExtension(ROLE_EXTENSION, role));

/** A request whose caller the guard has found out. */
export interface IdentifiedRequest extends IncomingMessage {
  caller?: Caller;
}

/** Who makes the request; in a route that is not open to all. */
export const AskedBy = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<IdentifiedRequest>();
  if (caller === undefined) throw new Error('a route that asks for its caller must not be open to all');
  return caller;
});
