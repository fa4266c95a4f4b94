import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { StreamStatus } from '@sluice/contracts';
import { StandaloneServerError, type StreamStoppedError } from '../change-stream/stream.error.js';
import { ProducerSettings } from '../config/producer.settings.js';
import { pipelineWarnings } from '../filter/user-pipeline.policy.js';
import { LeaseTaker } from '../lease/lease.taker.js';
import { Membership } from '../lease/membership.js';
import { RelayFactory } from '../relay/relay.factory.js';
import { StreamNotFoundError } from './stream-not-found.error.js';
import { StreamRunner } from './stream.runner.js';

/** Ends the process, with a sentence, where no stream can ever run. */
export type ExitApp = (error: StandaloneServerError) => void;
export const EXIT_APP = Symbol('EXIT_APP');

/** All configured streams. */
@Injectable()
export class StreamsService implements OnApplicationBootstrap {
  private readonly logger = new Logger('streams');
  private readonly runners: ReadonlyMap<string, StreamRunner>;

  constructor(
    private readonly settings: ProducerSettings,
    leases: LeaseTaker,
    private readonly membership: Membership,
    factory: RelayFactory,
    @Inject(EXIT_APP) exitApp: ExitApp,
  ) {
    const onFailed = (error: StreamStoppedError) => {
      if (error instanceof StandaloneServerError) exitApp(error);
    };
    this.runners = new Map(
      settings.streams.map((stream) => [stream.name, new StreamRunner(stream, leases, factory, onFailed)]),
    );
  }

  onApplicationBootstrap(): void {
    for (const { name, pipeline } of this.settings.streams) {
      for (const warning of pipelineWarnings(pipeline)) this.logger.warn(`stream "${name}": ${warning}`);
    }
    for (const runner of this.runners.values()) void runner.start();
  }

  list(): StreamStatus[] {
    return [...this.runners.values()].map(({ status }) => status.toDto());
  }

  /** @throws StreamNotFoundError for a name that is not configured. */
  async pause(name: string): Promise<StreamStatus> {
    const runner = this.runner(name);
    await runner.stop('paused');
    this.logger.log(`stream "${name}" is paused`);
    return runner.status.toDto();
  }

  async resume(name: string): Promise<StreamStatus> {
    const runner = this.runner(name);
    this.logger.log(`stream "${name}" is resumed`);
    await runner.start();
    return runner.status.toDto();
  }

  /** Stops every stream and lets go of it; the other producers are told at the same time, and take over. */
  async stopAll(): Promise<void> {
    const stops = [...this.runners.values()].map((runner) => runner.stop('stopped'));
    await Promise.all([this.membership.leave(), ...stops]);
  }

  private runner(name: string): StreamRunner {
    const runner = this.runners.get(name);
    if (runner === undefined) throw new StreamNotFoundError(name, [...this.runners.keys()]);
    return runner;
  }
}
