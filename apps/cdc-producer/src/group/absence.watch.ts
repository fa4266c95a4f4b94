import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Readiness } from '@sluice/platform';
import { absenceText, absentGroups } from './absent-groups.policy.js';
import { GroupDirectory } from './group.directory.js';

/** Warns of groups that nobody has served for a day. Nothing is held for that: their queues still take events. */
@Injectable()
export class AbsenceWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('groups');
  private told: ReadonlySet<string> = new Set();
  private stop: () => void = () => undefined;

  constructor(private readonly groups: GroupDirectory) {}

  onApplicationBootstrap(): void {
    this.stop = this.groups.onChange(() => this.look());
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** Ready all the same; the reason names them. */
  get readiness(): Readiness {
    const absent = absentGroups(this.groups.groups, Date.now());
    if (absent.length === 0) return { ready: true, state: 'served' };
    return { ready: true, state: 'absent', reason: absent.map((group) => absenceText(group)).join('; ') };
  }

  /** Once for each absence. */
  private look(): void {
    const absent = absentGroups(this.groups.groups, Date.now());
    for (const group of absent) if (!this.told.has(group.name)) this.logger.warn(absenceText(group));
    this.told = new Set(absent.map(({ name }) => name));
  }
}
