import { Injectable, Logger } from '@nestjs/common';
import { thrownMessage } from '@sluice/contracts';
import type { Readiness } from '../health/health-check.js';
import { watchFiles } from './file.watch.js';

/** A setting that names a file, which is read again while the app runs. */
export interface FileReload {
  readonly setting: string;
  /** What the file holds now does not count, or it is gone: what it held before does, since then. */
  readonly outdatedSince: Date | undefined;
}

/**
 * Files that are read again whenever they change. One that is gone or malformed changes nothing: a mounted secret may be
 * away for a moment while it is exchanged, and nobody is to lose their access, or the port its certificate, for that. So
 * that this is no silent state it is told by readiness and by a metric, beside the log. Who means to take access away
 * writes a file without it.
 */
@Injectable()
export class FileReloads {
  private readonly logger = new Logger('Files');
  private readonly known = new Map<string, FileReload>();

  get all(): readonly FileReload[] {
    return [...this.known.values()];
  }

  /**
   * Calls `read` at once and at each change, as `watchFiles`; what it throws says why what the files hold does not count.
   * Answers what ends that.
   */
  watch(setting: string, paths: readonly string[], read: () => void): () => void {
    const reload = (): void => {
      try {
        read();
        this.known.set(setting, { setting, outdatedSince: undefined });
      } catch (error) {
        const { outdatedSince = new Date() } = this.known.get(setting) ?? {};
        this.known.set(setting, { setting, outdatedSince });
        this.logger.error(`${withCode(error)}. What was read before still counts.`);
      }
    };
    return watchFiles(paths, reload);
  }

  /** The app does its job with what it knows. Readiness is for everybody to see: no path is told. */
  get readiness(): Readiness {
    const outdated = this.all.flatMap(({ setting, outdatedSince: since }) =>
      since === undefined ? [] : { setting, since },
    );
    const [first] = [...outdated].sort((a, b) => a.since.getTime() - b.since.getTime());
    if (first === undefined) return { ready: true, state: 'read' };
    const names = outdated.map(({ setting }) => setting).join(', ');
    const reason = `${names}: what the file held before still counts, and its content now does not; the log says why`;
    return { ready: true, state: 'outdated', since: first.since, reason };
  }
}

/** What the runbooks are searched for; some errors of files say it themselves. */
function withCode(error: unknown): string {
  const message = thrownMessage(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === '' || message.startsWith(code) ? message : `${code}  ${message}`;
}
