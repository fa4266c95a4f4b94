import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AdminAccess, claimAt, FileReloads, type Caller } from '@sluice/platform';
import { ConsumerSettings } from '../../config/consumer.settings.js';
import { EVERYTHING } from './permit.js';
import { grantsClaimSchema, type Grant } from './grant.schema.js';
import { readGrantsFile } from './grants-file.source.js';

/** What each caller may see: by the file of grants, or by a claim of its JWT. Nothing that neither says. */
@Injectable()
export class GrantBook implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Realtime');
  private readonly path: string | undefined;
  private readonly claim: string | undefined;
  private readonly onChange: (() => void)[] = [];
  private grants: readonly Grant[];
  private unwatch: (() => void) | undefined;

  constructor(
    private readonly access: AdminAccess,
    private readonly files: FileReloads,
    { environment }: ConsumerSettings,
  ) {
    this.path = environment.REALTIME_GRANTS_FILE;
    this.claim = environment.REALTIME_JWT_GRANTS_CLAIM;
    this.grants = this.path === undefined ? [] : readGrantsFile(this.path);
  }

  onModuleInit(): void {
    const { path } = this;
    if (path !== undefined) this.unwatch = this.files.watch('REALTIME_GRANTS_FILE', [path], () => this.read(path));
    else if (this.access.asksForToken && this.claim === undefined) {
      this.logger.warn('nobody may see anything by live push: REALTIME_GRANTS_FILE says who may see what');
    }
  }

  onApplicationShutdown(): void {
    this.unwatch?.();
  }

  whenChanged(listener: () => void): void {
    this.onChange.push(listener);
  }

  grantsOf({ name, role, proof: { claims } }: Caller): readonly Grant[] {
    if (!this.access.asksForToken) return EVERYTHING;
    const ofFile = this.grants.filter(({ to, roles }) => (name !== null && to.includes(name)) || roles.includes(role));
    if (this.claim === undefined || claims === undefined) return ofFile;
    const claimed = grantsClaimSchema.safeParse(claimAt(claims, this.claim));
    return claimed.success ? [...claimed.data, ...ofFile] : ofFile;
  }

  private read(path: string): void {
    this.grants = readGrantsFile(path);
    this.logger.log(`${this.grants.length} grants of live push were read from ${path}`);
    for (const listener of this.onChange) listener();
  }
}
