import { codedProblem } from '../admin/problem.mapper.js';

/** Problem details for where no framework answers yet. */
export function httpFault(status: number, code: string, detail: string) {
  const { headers, ...problem } = codedProblem(status, code, detail);
  const body = JSON.stringify(problem);
  const head = {
    ...headers,
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  return { status, head, body };
}
