import { Body } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { z } from 'zod';

/**
 * A body that may be left out; undefined then. Nest's `Body` with an optional schema would take none either, but the
 * OpenAPI document would say that it is required.
 */
export function OptionalBody(schema: z.ZodType): ParameterDecorator {
  return (target, method, index) => {
    if (method === undefined) throw new TypeError('a body belongs to a method');
    Body({ schema: schema.optional() })(target, method, index);
    const descriptor = Object.getOwnPropertyDescriptor(target, method);
    if (descriptor !== undefined) ApiBody({ required: false })(target, method, descriptor);
  };
}
