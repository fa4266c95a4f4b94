import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Problem } from '@sluice/contracts';

interface HttpResponse {
  headersSent: boolean;
  status(code: number): HttpResponse;
  type(contentType: string): HttpResponse;
  setHeader(name: string, value: string): unknown;
  json(body: unknown): unknown;
}

/** An error with a stable code and the HTTP status that fits it. */
interface CodedError extends Error {
  code?: unknown;
  httpStatus?: unknown;
}

/** Answers every error of the HTTP side as RFC 9457 problem details: no stack, no internals, a stable `type`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const response = host.switchToHttp().getResponse<HttpResponse>();
    const { originalUrl } = host.switchToHttp().getRequest<{ originalUrl: string }>();
    if (response.headersSent) return;
    if (error instanceof HttpException && isHealthReport(error)) {
      response.status(error.getStatus()).json(error.getResponse());
      return;
    }
    const problem = { ...problemOf(error), instance: originalUrl.split('?')[0] ?? originalUrl };
    if (problem.status >= 500) this.logger.error(error);
    if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    response.status(problem.status).type('application/problem+json').json(problem);
  }
}

/** Terminus reports an unhealthy app by an exception whose body is the report. */
function isHealthReport(error: HttpException): boolean {
  const body = error.getResponse();
  return typeof body === 'object' && 'details' in body && 'status' in body;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof HttpException) return withStatus(error.getStatus(), error.message);
  const coded = error as CodedError;
  if (error instanceof Error && typeof coded.httpStatus === 'number' && typeof coded.code === 'string') {
    return {
      ...withStatus(coded.httpStatus, error.message),
      type: `urn:sluice:${coded.code.toLowerCase()}`,
      code: coded.code,
    };
  }
  return withStatus(500, 'see the log of the app');
}

function withStatus(status: number, detail: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: `urn:sluice:http-${status}`, title, status, detail };
}
