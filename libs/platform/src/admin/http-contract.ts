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
    this.paths = Object.entries(paths).map(([template, item]) => ({
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
    const fitting = this.paths.filter(({ pattern }) => pattern.test(path));
    if (fitting.length === 0) return undefined;
    const served = new Set(fitting.flatMap(({ operations }) => [...operations.keys()]));
    const methods = [...served, ...(served.has('GET') ? ['HEAD'] : []), 'OPTIONS'];
    const asked = method === 'HEAD' ? 'GET' : method;
    const operation = fitting.map(({ operations }) => operations.get(asked)).find((each) => each !== undefined);
    return { methods, operation };
  }
}

/** As Express matches: whatever the case, with or without a slash at the end. */
function patternOf(template: string): RegExp {
  const parts = template.split(/\{[^}]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}/?$`, 'i');
}
