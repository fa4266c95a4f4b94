import { Injectable, StandardSchemaValidationPipe } from '@nestjs/common';

/** A request's body or query is not what its schema allows. */
export class RequestInvalidError extends Error {
  readonly code = 'SLUICE-REQUEST-INVALID';
  readonly httpStatus = 400;

  constructor(faults: readonly string[]) {
    super(faults.join('; '));
    this.name = 'RequestInvalidError';
  }
}

/** Checks bodies and queries against the schema beside them; what is unknown is refused where the schema is strict. */
@Injectable()
export class RequestPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new RequestInvalidError(issues.map(faultOf)) });
  }
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

function faultOf({ message, path = [] }: Issue): string {
  const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return where === '' ? message : `${where}: ${message}`;
}
