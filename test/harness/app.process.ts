import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { thrownMessage } from '@sluice/contracts';
import type { TlsMaterial } from '@sluice/tls';
import { eventually } from '@sluice/testing';
import { NODE_FLAGS } from '../../scripts/lib/node-flags.mjs';
import { requestFrom, type LocalRequest } from './local.request.js';

export type AppName = 'cdc-producer' | 'cdc-consumer';

/** A line of an app's log. */
export type LogLine = { readonly msg?: string } & Readonly<Record<string, unknown>>;

export interface AppOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly onLine?: (line: LogLine) => void;
  /** Put in front of `node`: `['unshare', '--pid', …]`. */
  readonly wrapper?: readonly string[];
  /** How its admin HTTP is called, where that is served by TLS. */
  readonly tls?: TlsMaterial | undefined;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const STOP_MS = 30_000;

/** A built app, run as its users run it: a process of its own, told everything by its environment. */
export class AppProcess {
  readonly lines: LogLine[] = [];
  /** What it wrote that is not a line of JSON: a fault of the settings, a stack. */
  text = '';
  private readonly child: ChildProcess;
  private readonly exited: Promise<number | NodeJS.Signals>;
  private readonly tls: TlsMaterial | undefined;
  private ended: number | NodeJS.Signals | undefined;

  constructor(
    readonly name: AppName,
    { env, onLine, wrapper = [], tls }: AppOptions,
  ) {
    this.tls = tls;
    const [command = process.execPath, ...args] = [
      ...wrapper,
      process.execPath,
      ...NODE_FLAGS,
      `${root}dist/${name}/apps/${name}/src/main.js`,
    ];
    this.child = spawn(command, args, {
      cwd: root,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve((this.ended = code ?? signal ?? 1)));
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.take(line, onLine));
    }
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get hasExited(): boolean {
    return this.ended !== undefined;
  }

  /** The exit code, or the signal that ended it. */
  exit(): Promise<number | NodeJS.Signals> {
    return this.exited;
  }

  /** Where it listens, as soon as it says so. */
  async url(): Promise<string> {
    return eventually(() => {
      if (this.ended !== undefined) throw new Error(`${this.name} ended with ${this.ended}:\n${this.tail()}`);
      return this.lines
        .map(({ msg }) => /^listening on (https?:\S+)$/.exec(msg ?? '')?.[1])
        .find((url) => url !== undefined);
    });
  }

  async get(path: string, init: LocalRequest = {}): Promise<{ status: number; body: unknown }> {
    const { status, headers, text } = await requestFrom(`${await this.url()}${path}`, { tls: this.tls, ...init });
    return { status, body: /json/.test(String(headers['content-type'])) ? (JSON.parse(text) as unknown) : text };
  }

  async isReady(): Promise<boolean> {
    return (await this.get('/health/ready')).status === 200;
  }

  async ready(): Promise<this> {
    await eventually(() => this.isReady(), { timeoutMs: 120_000 });
    return this;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** SIGKILL; resolves when it is gone and everything it wrote has been read. */
  async kill(): Promise<void> {
    if (this.ended === undefined) this.child.kill('SIGKILL');
    await this.exited;
  }

  /** SIGTERM; answers how it ended, and kills it where it does not. */
  async stop(): Promise<number | NodeJS.Signals> {
    if (this.ended === undefined) this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    const how = await this.exited;
    clearTimeout(timer);
    return how;
  }

  /** Which it is, how it fares, and the last of what it said: for a failing test. */
  async lastWords(): Promise<string> {
    const health = async () => JSON.stringify((await this.get('/health/ready')).body);
    const state = this.ended === undefined ? await health().catch(thrownMessage) : `ended with ${this.ended}`;
    return `--- ${this.name} (pid ${this.pid}): ${state}\n${this.tail()}`;
  }

  /** The last of what it said. */
  tail(): string {
    const lines = this.lines.filter(({ msg }) => msg !== 'change handled').slice(-15);
    return [...lines.map((line) => `${String(line['level'])} ${line.msg ?? ''}`), this.text.slice(-2000)].join('\n');
  }

  private take(line: string, onLine: AppOptions['onLine']): void {
    if (!line.startsWith('{')) {
      this.text += `${line}\n`;
      return;
    }
    const parsed = JSON.parse(line) as LogLine;
    this.lines.push(parsed);
    onLine?.(parsed);
  }
}

/** The test run's own settings must not reach the apps. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const ours =
    /^(MONGODB_URI|RABBITMQ_URI|ADMIN_TOKEN|HTTP_HOST|CONSUMER_GROUP|PARTITIONS|LEASE_MS|SLUICE_(CONFIG|STATE_DB|EXCHANGE|HANDLERS)|(MONGODB|RABBITMQ|HTTP|SLUICE)_TLS_.*|MAX_(EVENT_AGE|UNCONSUMED)_SECONDS|OTEL_.*|NODE_OPTIONS|VITEST.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}
