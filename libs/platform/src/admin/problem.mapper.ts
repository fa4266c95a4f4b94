import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import type { Problem, ProblemFault } from '@sluice/contracts';
import { MAX_BODY_BYTES } from './limits.js';

/** An error with a stable code, the HTTP status that fits it, and what belongs to that status. */
interface CodedError extends Error {
  readonly code: string;
  readonly httpStatus: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly ProblemFault[];
}

/** A problem and the headers that go with it. */
export type AnsweredProblem = Problem & { readonly headers: Readonly<Record<string, string>> };

/** What a caller is told of an error. Of one that is not ours: its status, and nothing that it says. */
export function problemOf(error: unknown): AnsweredProblem {
  if (isCoded(error)) return codedProblem(error.httpStatus, error.code, error.message, error);
  if (!(error instanceof HttpException)) return plain(500, 'see the log of the app');
  const status = error.getStatus();
  if (status >= 500) return plain(status, 'see the log of the app');
  const body = BODY_FAULTS[causeType(error)];
  if (body !== undefined) return codedProblem(status, body.code, body.detail);
  if (error.cause instanceof URIError) {
    return codedProblem(
      400,
      'SLUICE-PATH-MALFORMED',
      'the path holds a % that is not followed by UTF-8 in hexadecimal digits',
    );
  }
  if (status === 404)
    return codedProblem(
      404,
      'SLUICE-PATH-UNKNOWN',
      'nothing is served there; "/" links all that is, "/api" describes it',
    );
  return plain(status, error.message);
}

/** What body-parser refuses (https://github.com/expressjs/body-parser#errors); its own words quote the body. */
const BODY_FAULTS: Readonly<Record<string, { code: string; detail: string }>> = {
  'entity.parse.failed': { code: 'SLUICE-BODY-MALFORMED', detail: 'the body is not JSON: an object is expected' },
  'entity.too.large': {
    code: 'SLUICE-BODY-TOO-LARGE',
    detail: `the body is too large: at most ${MAX_BODY_BYTES} bytes`,
  },
  'encoding.unsupported': {
    code: 'SLUICE-BODY-ENCODING',
    detail: 'Content-Encoding: allowed are gzip, deflate, br and none',
  },
  'charset.unsupported': { code: 'SLUICE-BODY-ENCODING', detail: 'the charset of Content-Type: allowed is utf-8' },
  'request.size.invalid': {
    code: 'SLUICE-BODY-MALFORMED',
    detail: 'the body has not the length that Content-Length says',
  },
  'request.aborted': { code: 'SLUICE-BODY-MALFORMED', detail: 'the body was cut off' },
};

function causeType({ cause }: HttpException): string {
  return cause instanceof Error && 'type' in cause && typeof cause.type === 'string' ? cause.type : '';
}

function isCoded(error: unknown): error is CodedError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'httpStatus' in error &&
    typeof error.httpStatus === 'number'
  );
}

export function codedProblem(
  status: number,
  code: string,
  detail: string,
  { headers = {}, errors }: Partial<CodedError> = {},
): AnsweredProblem {
  const faults = errors === undefined ? {} : { errors: [...errors] };
  return { ...plain(status, detail), type: `urn:sluice:${code.toLowerCase()}`, code, ...faults, headers };
}

function plain(status: number, detail: string): AnsweredProblem {
  return { type: `urn:sluice:http-${status}`, title: STATUS_CODES[status] ?? 'Error', status, detail, headers: {} };
}
