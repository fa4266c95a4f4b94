import type { Surroundings } from './session.js';
import { runSluice } from './sluice.program.js';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface FakeApp {
  readonly status?: number;
  readonly body: unknown;
  readonly etag?: string;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly asked: readonly Asked[];
}

export interface RunOptions {
  /** What the apps answer, by `GET /streams`; anything else is not reached. */
  readonly answers?: Readonly<Record<string, FakeApp>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Of the terminal; a pipe unless given. */
  readonly width?: number;
  readonly input?: string;
}

/** Calls the command line in this process, with apps that answer what the test says. */
export async function ran(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { answers = {}, environment = {}, width, input = '' } = options;
  const asked: Asked[] = [];
  let [out, err] = ['', ''];
  const around: Surroundings = {
    terminal: {
      width,
      write: (text) => void (out += text),
      note: (text) => void (err += text),
      paint: (_colour, text) => text,
      read: () => Promise.resolve(input),
    },
    environment,
    fetch: async (url, init) => {
      if (typeof url !== 'string') throw new Error('the client asks by text');
      const { method = 'GET', body } = init ?? {};
      const request = new URL(url);
      const sent = typeof body === 'string' ? (JSON.parse(body) as unknown) : undefined;
      asked.push({ method, url, headers: new Headers(init?.headers), body: sent });
      return answerOf(answers[`${method} ${request.pathname.replace('/api/v1', '')}`]);
    },
    now: () => new Date('2026-03-02T10:00:00Z'),
    user: 'ann',
    executable: 'sluice',
    signal: new AbortController().signal,
  };
  const code = await runSluice(args, around);
  return { code, out, err, asked };
}

function answerOf(answer: FakeApp | undefined): Response {
  if (answer === undefined)
    throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:3000') });
  const { status = 200, body, etag } = answer;
  const headers = etag === undefined ? {} : { etag };
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
}
