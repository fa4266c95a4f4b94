import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { dottedPath, faultsOf } from '../settings/faults.mapper.js';
import { plainWords } from './plain-words.js';
import { RequestInvalidError } from './request-invalid.error.js';

/**
 * Checks bodies and queries against the schema beside them; what is unknown is refused where the schema is strict.
 * Global, so that no controller can forget it: a parameter without a schema is left as it is. Not Nest's own pipe,
 * because that has no way to tell zod which words to use.
 */
@Injectable()
export class RequestPipe implements PipeTransform {
  /** @throws RequestInvalidError with every fault at once */
  transform(value: unknown, { schema }: ArgumentMetadata): unknown {
    if (schema === undefined) return value;
    if (!(schema instanceof z.ZodType)) throw new TypeError('a schema of a request must be one of zod');
    const parsed = schema.safeParse(value, { error: plainWords });
    if (parsed.success) return parsed.data;
    const faults = faultsOf(parsed.error, value, dottedPath);
    throw new RequestInvalidError(faults.map(({ path, ...rest }) => ({ field: path === '' ? 'body' : path, ...rest })));
  }
}
