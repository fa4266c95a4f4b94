import { STATUS_CODES } from 'node:http';
import { codedProblem, type AnsweredProblem } from '../admin/problem.mapper.js';

/** Problem details for where no framework answers yet. */
export function httpFault(status: number, code: string, detail: string) {
  return faultOf(codedProblem(status, code, detail));
}

/** The same as the bytes of a whole answer, for where not even Node.js' HTTP server answers any more. */
export function wholeAnswer(problem: AnsweredProblem): string {
  const { status, head, body } = faultOf(problem);
  const lines = Object.entries({ ...head, Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}

function faultOf({ headers, ...problem }: AnsweredProblem) {
  const body = JSON.stringify(problem);
  const head = {
    ...headers,
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  return { status: problem.status, head, body };
}
