import { problemSchema } from '@sluice/contracts';
import type { z } from 'zod';
import type { AdminApp } from './admin.app.js';
import { notReached, notUnderstood, refused } from './admin.errors.js';

/** Pausing a stream waits for its holder, and a look through many dead letters takes its time. */
const ANSWER_LIMIT_MS = 60_000;

export interface AdminClientOptions {
  readonly app: AdminApp;
  readonly url: string;
  readonly token: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** Ends what is waited for: Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface AdminRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Those that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly ifMatch?: string;
}

export interface AdminAnswer<T> {
  readonly body: T;
  readonly etag: string | undefined;
}

/** Talks to one app's admin HTTP. What is answered counts only as far as the schema of libs/contracts knows it. */
export class AdminClient {
  constructor(private readonly options: AdminClientOptions) {}

  /** Where the app is. */
  get url(): string {
    return this.options.url;
  }

  /** `path`: below /api/v1. @throws CliError that says what to do */
  async ask<T>(path: string, schema: z.ZodType<T>, request: AdminRequest = {}): Promise<T> {
    return (await this.askTagged(path, schema, request)).body;
  }

  /** As `ask`, with the answer's ETag. */
  async askTagged<T>(path: string, schema: z.ZodType<T>, request: AdminRequest = {}): Promise<AdminAnswer<T>> {
    const url = this.urlOf(path, request.query);
    const response = await this.send(url, request);
    const body = await this.read(url, response);
    if (!response.ok) throw this.failure(url, response.status, body);
    const parsed = schema.safeParse(body);
    const isTaken = (request.method ?? 'GET') !== 'GET';
    if (!parsed.success) throw notUnderstood(this.options.app, url, faults(parsed.error), isTaken);
    return { body: parsed.data, etag: response.headers.get('etag') ?? undefined };
  }

  private urlOf(path: string, query: AdminRequest['query'] = {}): string {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(
      given.map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    return `${this.options.url}/api/v1${path}${search === '' ? '' : `?${search}`}`;
  }

  private async send(url: string, { method = 'GET', body, ifMatch }: AdminRequest): Promise<Response> {
    const { token, signal, app } = this.options;
    const headers = {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    };
    const limits = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]);
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      return await this.options.fetch(url, { method, headers, signal: limits, ...content });
    } catch (error) {
      signal.throwIfAborted();
      throw notReached(app, this.options.url, error);
    }
  }

  private async read(url: string, response: Response): Promise<unknown> {
    const text = await response.text();
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw notUnderstood(this.options.app, url, `status ${response.status}, and no JSON`);
    }
  }

  private failure(url: string, status: number, body: unknown): Error {
    const problem = problemSchema.safeParse(body);
    if (!problem.success) return notUnderstood(this.options.app, url, `status ${status}, and no problem details`);
    return refused(this.options.app, problem.data);
  }
}

function faults(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`)
    .join('; ');
}
