import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { StreamStatus } from '@sluice/contracts';
import { OplogWatch } from '../change-stream/oplog.watch.js';
import { StandaloneServerError, type StreamStoppedError } from '../change-stream/stream.error.js';
import { ProducerSettings } from '../config/producer.settings.js';
import { pipelineWarnings } from '../filter/user-pipeline.policy.js';
import { LeaseTaker } from '../lease/lease.taker.js';
import { Membership } from '../lease/membership.js';
import { RelayFactory } from '../relay/relay.factory.js';
import { ControlWatch } from './control.watch.js';
import { askState } from './state-unavailable.error.js';
import { ControlStore, type Asked } from './stream-control.js';
import { StreamNotFoundError } from './stream-not-found.error.js';
import { StreamPausedError } from './stream-paused.error.js';
import type { StreamCounters } from './stream.counters.js';
import { StreamRunner } from './stream.runner.js';

/** Ends the process, with a sentence, where no stream can ever run. */
export type ExitApp = (error: StandaloneServerError) => void;
export const EXIT_APP = Symbol('EXIT_APP');

/** A stream as its metrics read it. */
export interface MeasuredStream extends Pick<StreamCounters, 'tallies'> {
  readonly status: StreamStatus;
  /** By this producer. */
  readonly isHeld: boolean;
}

const NOBODY: Asked = { by: null, reason: null };
/** A holder settles what is in flight first. */
const LET_GO_MS = 5_000;

/** All configured streams. */
@Injectable()
export class StreamsService implements OnApplicationBootstrap {
  private readonly logger = new Logger('streams');
  private readonly runners: ReadonlyMap<string, StreamRunner>;

  constructor(
    private readonly settings: ProducerSettings,
    leases: LeaseTaker,
    private readonly membership: Membership,
    private readonly control: ControlStore,
    private readonly watch: ControlWatch,
    factory: RelayFactory,
    oplog: OplogWatch,
    @Inject(EXIT_APP) exitApp: ExitApp,
  ) {
    const onFailed = (error: StreamStoppedError) => {
      if (error instanceof StandaloneServerError) exitApp(error);
    };
    this.runners = new Map(
      settings.streams.map((stream) => [stream.name, new StreamRunner(stream, leases, factory, oplog, onFailed)]),
    );
  }

  onApplicationBootstrap(): void {
    for (const { name, pipeline } of this.settings.streams) {
      for (const warning of pipelineWarnings(pipeline)) this.logger.warn(`stream "${name}": ${warning}`);
    }
    for (const runner of this.runners.values()) void runner.start();
    this.watch.start([...this.runners.keys()], (control) => void this.runners.get(control.stream)?.follow(control));
  }

  list(): StreamStatus[] {
    return [...this.runners.values()].map(({ status }) => status.toDto());
  }

  measured(): MeasuredStream[] {
    return [...this.runners.values()].map(({ status, isHeld }) => ({
      status: status.toDto(),
      tallies: status.counters.tallies,
      isHeld,
    }));
  }

  /** @throws StreamNotFoundError for a name that is not configured. */
  one(name: string): StreamStatus {
    return this.runner(name).status.toDto();
  }

  /**
   * Pauses a stream on all producers and for good, and waits for whoever holds it to let go, for a bounded time: the
   * status tells a holder that has not.
   * @throws StreamNotFoundError, StateUnavailableError
   */
  async pause(name: string, asked: Asked = NOBODY): Promise<StreamStatus> {
    const runner = this.runner(name);
    const control = await askState(() => this.control.pause(name, asked));
    this.note(name, 'paused', asked);
    await runner.follow(control);
    const isOver = () => runner.status.state !== 'paused' || runner.status.toDto().holder === null;
    await this.watch.until(isOver, LET_GO_MS);
    return runner.status.toDto();
  }

  /** Also starts a failed stream again, on whichever producer has it. @throws StreamNotFoundError, StateUnavailableError */
  async resume(name: string, asked: Asked = NOBODY): Promise<StreamStatus> {
    const runner = this.runner(name);
    const control = await askState(() => this.control.resume(name));
    this.note(name, 'resumed', asked);
    await runner.follow(control);
    return runner.status.toDto();
  }

  /**
   * Lets whoever runs the stream stop it in good order and start it again, from its saved position; also a failed one.
   * @throws StreamNotFoundError, StreamPausedError, StateUnavailableError
   */
  async restart(name: string, asked: Asked = NOBODY): Promise<StreamStatus> {
    const runner = this.runner(name);
    const control = await askState(() => this.control.restart(name));
    if (control === undefined) throw new StreamPausedError(name);
    this.note(name, 'restarted', asked);
    await runner.follow(control);
    return runner.status.toDto();
  }

  /** Stops every stream and lets go of it; the other producers are told at the same time, and take over. */
  async stopAll(): Promise<void> {
    const stops = [...this.runners.values()].map((runner) => runner.stop());
    await Promise.all([this.membership.leave(), this.watch.stop(), ...stops]);
  }

  /** The log is all that keeps who resumed or restarted a stream, and who paused it once it goes on. */
  private note(name: string, done: string, { by, reason }: Asked): void {
    this.logger.warn(`stream "${name}" is ${done}, by ${by ?? 'unknown'}: ${reason ?? 'no reason given'}`);
  }

  private runner(name: string): StreamRunner {
    const runner = this.runners.get(name);
    if (runner === undefined) throw new StreamNotFoundError(name, [...this.runners.keys()]);
    return runner;
  }
}
