import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { problemOf } from './problem.mapper.js';

interface HttpResponse {
  headersSent: boolean;
  status(code: number): HttpResponse;
  type(contentType: string): HttpResponse;
  setHeader(name: string, value: string): unknown;
  json(body: unknown): unknown;
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
    const { headers, ...said } = problemOf(error);
    const problem = { ...said, instance: originalUrl.split('?')[0] ?? originalUrl };
    if (problem.status === 500) this.logger.error(error);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.status(problem.status).type('application/problem+json').json(problem);
  }
}

/** Terminus reports an unhealthy app by an exception whose body is the report. */
function isHealthReport(error: HttpException): boolean {
  const body = error.getResponse();
  return typeof body === 'object' && 'details' in body && 'status' in body;
}
