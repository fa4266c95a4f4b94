import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { FileReload, FileReloads } from '../files/file.reloads.js';
import { MemoryGrowth, MetricFamily, type MetricRegistry } from '@sluice/observability';

/** A connection as its metrics read it. */
export interface MeasuredLink {
  /** Times that it was there again after it had been lost. */
  readonly reconnects: number;
  isConnected(): boolean;
}

/** What both apps measure of themselves: memory, connections and the files that they read again. */
@Injectable()
export class ProcessMetrics implements OnModuleInit, OnModuleDestroy {
  private readonly growth = new MemoryGrowth();
  private end: () => void = () => undefined;

  /** `links`: the app's connections, by what they lead to. */
  constructor(
    registry: MetricRegistry,
    private readonly links: Readonly<Record<string, MeasuredLink>>,
    private readonly reloads: FileReloads,
  ) {
    registry.add(this.connections());
    registry.add(this.files());
    registry.add(this.memory());
  }

  onModuleInit(): void {
    this.end = this.growth.start();
  }

  onModuleDestroy(): void {
    this.end();
  }

  private connections(): MetricFamily<[string, MeasuredLink]> {
    return new MetricFamily<[string, MeasuredLink]>(
      ['connection'],
      ([connection]) => ({ connection }),
      () => Object.entries(this.links),
    )
      .gauge('sluice_connection_up', '1 while it is connected', ([, link]) => Number(link.isConnected()))
      .counter('sluice_connection_reconnects_total', 'Times that it was lost and came back', ([, { reconnects }]) => {
        return reconnects;
      });
  }

  private files(): MetricFamily<FileReload> {
    return new MetricFamily<FileReload>(
      ['setting'],
      ({ setting }) => ({ setting }),
      () => this.reloads.all,
    ).gauge(
      'sluice_file_last_reload_successful',
      '1 while what the file of that setting holds counts; 0: it is gone or malformed, and what it held before counts',
      ({ outdatedSince }) => Number(outdatedSince === undefined),
    );
  }

  private memory(): MetricFamily<MemoryGrowth> {
    return new MetricFamily<MemoryGrowth>(
      [],
      () => ({}),
      () => [this.growth],
    ).gauge(
      'sluice_resident_memory_growth_bytes',
      'Resident memory less what it was an hour ago, or at the start; process_resident_memory_bytes is all of it',
      ({ bytes }) => bytes,
    );
  }
}
