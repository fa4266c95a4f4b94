import type { OpenAPIObject } from '@nestjs/swagger';

/** What the OpenAPI document says of one operation that its controller does not check by itself. */
export interface ContractOperation {
  readonly query: ReadonlySet<string>;
  readonly takesBody: boolean;
}

interface ContractPath {
  readonly pattern: RegExp;
  readonly operations: ReadonlyMap<string, ContractOperation>;
}

/** What one path answers to. */
export interface ContractMatch {
  /** Methods, HEAD and OPTIONS among them. */
  readonly methods: readonly string[];
  readonly operation: ContractOperation | undefined;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** The OpenAPI document as a table to check requests by: what it does not describe is not served either. */
export class HttpContract {
  private readonly paths: readonly ContractPath[];

  constructor({ paths }: OpenAPIObject) {
    this.paths = mostConcreteFirst(Object.entries(paths)).map(([template, item]) => ({
      pattern: patternOf(template),
      operations: new Map(
        METHODS.flatMap((method) => {
          const operation = item[method];
          if (operation === undefined) return [];
          const query = (operation.parameters ?? []).flatMap((each) =>
            'in' in each && each.in === 'query' ? [each.name] : [],
          );
          return [[method.toUpperCase(), { query: new Set(query), takesBody: operation.requestBody !== undefined }]];
        }),
      ),
    }));
  }

  /** Undefined for a path that is not described. */
  match(method: string, path: string): ContractMatch | undefined {
    const operations = this.paths.find(({ pattern }) => pattern.test(path))?.operations;
    if (operations === undefined) return undefined;
    const methods = [...operations.keys(), ...(operations.has('GET') ? ['HEAD'] : []), 'OPTIONS'];
    return { methods, operation: operations.get(method === 'HEAD' ? 'GET' : method) };
  }
}

/** `/letters/replay` is never `/letters/{id}`: https://spec.openapis.org/oas/v3.0.4.html#path-templating-matching */
function mostConcreteFirst<Item>(paths: readonly (readonly [string, Item])[]) {
  const parameters = ([template]: readonly [string, Item]) => template.split('{').length;
  return [...paths].sort((one, other) => parameters(one) - parameters(other));
}

/** As Express matches: whatever the case, with or without a slash at the end. */
function patternOf(template: string): RegExp {
  const parts = template.split(/\{[^}]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}/?$`, 'i');
}
