import type { INestApplication } from '@nestjs/common';
import { EXIT_CONFIG } from '../settings/settings.error.js';

/** One thing to settle before the app closes; they run in the order in which they were added. */
export interface ShutdownStep {
  readonly name: string;
  run(): Promise<void>;
}

interface Log {
  info(message: string): void;
  error(fields: object, message: string): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Owns the signals of an app. Nest's own hooks run in the wrong order for us: `onModuleDestroy`, where a user's pool
 * closes, comes before deliveries stop, and an open streaming client holds up the close. So: not ready → steps (stop
 * reading, settle what is in flight, save) → end sockets → `app.close()` → exit. Works as PID 1, where a signal without
 * a handler is ignored.
 */
export class GracefulShutdown {
  private readonly steps: ShutdownStep[] = [];
  private running: Promise<number> | undefined;
  private end: ((code?: number) => void) | undefined;
  private fault: Error | undefined;

  constructor(
    private readonly log: Log,
    private readonly timeoutMs: number,
  ) {}

  /** True from the first signal on; readiness looks here. */
  get isShuttingDown(): boolean {
    return this.running !== undefined;
  }

  add(step: ShutdownStep): void {
    this.steps.push(step);
  }

  /** Takes the signals. `app` must have been created without Nest's own shutdown hooks. */
  own(app: INestApplication, exit: (code: number) => void = (code) => process.exit(code)): void {
    this.end = (code) => void this.shutdown(app).then((settled) => exit(code ?? settled));
    if (this.fault !== undefined) this.end(EXIT_CONFIG);
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (this.running !== undefined) return; // the first one counts; the time limit bounds it
        this.log.info(`${signal}: shutting down`);
        this.end?.();
      });
    }
  }

  /** Ends the app, with 78, over what only its user can mend and what was found after its start. */
  fail(fault: Error): void {
    if (this.fault !== undefined) return;
    this.fault = fault;
    this.log.error({}, fault.message);
    this.end?.(EXIT_CONFIG);
  }

  /** Runs everything once; answers the exit code: 0, or 1 when a step failed or the time was up. */
  shutdown(app: INestApplication): Promise<number> {
    this.running ??= this.settle(app);
    return this.running;
  }

  private async settle(app: INestApplication): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<number>((resolve) => {
      timer = setTimeout(() => {
        this.log.error(
          { timeoutMs: this.timeoutMs },
          'shutdown took too long; what is not settled is sent or handled again',
        );
        resolve(1);
      }, this.timeoutMs);
    });
    const code = await Promise.race([this.runSteps(app), late]);
    clearTimeout(timer);
    this.log.info('stopped');
    return code;
  }

  private async runSteps(app: INestApplication): Promise<number> {
    let code = 0;
    const closing: ShutdownStep = { name: 'close the app', run: () => this.closeApp(app) };
    for (const step of [...this.steps, closing]) {
      try {
        await step.run();
      } catch (error) {
        code = 1; // the next steps still run: a failed save must not leave sockets open
        this.log.error({ err: error }, `shutdown: ${step.name} failed`);
      }
    }
    return code;
  }

  private async closeApp(app: INestApplication): Promise<void> {
    const server = app.getHttpServer() as { closeAllConnections?: () => void } | undefined;
    server?.closeAllConnections?.(); // a client of a stream would hold the close off for ever
    await app.close();
  }
}
