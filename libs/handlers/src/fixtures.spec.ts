import { Test } from '@nestjs/testing';
import type { ModuleMetadata } from '@nestjs/common';
import { Timestamp } from 'bson';
import type { ChangeEvent, InsertEvent, Operation } from '@sluice/contracts';
import { HANDLER_CLOCK, type HandlerClock } from './clock/handler.clock.js';
import type { DeliveryInfo } from './context/delivery-info.js';
import type { EventLogger, LogFields } from './context/event.logger.js';
import { EventDispatcher } from './dispatch/event.dispatcher.js';
import { HandlersModule } from './handlers.module.js';
import type { HandlersOptions } from './handlers.options.js';
import { HandlerRegistry } from './registry/handler.registry.js';

const base = {
  id: 'event-1',
  stream: 'shop',
  position: { clusterTime: new Timestamp({ t: 1_767_225_600, i: 1 }), generation: 0, ordinal: 0 },
  source: { resumeToken: { _data: '8265' }, epoch: 1, snapshot: false, capturedAt: new Date(0) },
  schemaVersion: 1,
} as const;

export function anInsert(db = 'shop', coll = 'orders'): InsertEvent {
  return {
    ...base,
    operation: 'insert',
    ns: { db, coll },
    documentKey: { _id: 1 },
    fullDocument: { _id: 1, total: 5 },
  };
}

/** An event of any operation, as far as matching looks at it. */
export function anEvent(operation: Operation, ns: { db?: string; coll?: string }, to = { db: 'a', coll: 'b' }) {
  const { t, i } = base.position.clusterTime;
  const times = { from: new Timestamp({ t, i }), to: new Timestamp({ t, i }) };
  // Holds the fields of every operation at once, which no single event type does.
  return { ...anInsert(), ...(operation === 'rename' ? { to } : times), operation, ns } as unknown as ChangeEvent;
}

export function aDelivery(changes: Partial<DeliveryInfo> = {}): DeliveryInfo {
  return {
    group: 'default',
    partition: 0,
    messageId: 'event-1',
    headers: {},
    redelivered: false,
    stopping: new AbortController().signal,
    signal: new AbortController().signal,
    ...changes,
  };
}

/** Moves only when something waits; remembers every wait. */
export class StepClock implements HandlerClock {
  readonly waits: number[] = [];
  private time = 0;
  onWait: () => void | Promise<void> = () => undefined;

  now(): Date {
    return new Date(this.time);
  }
  random(): number {
    return 0.5;
  }
  async wait(ms: number): Promise<void> {
    this.waits.push(ms);
    this.time += ms;
    await this.onWait();
  }
}

export class RecordingLogger implements EventLogger {
  readonly lines: { level: string; message: string; fields: LogFields | undefined }[] = [];

  debug(message: string, fields?: LogFields): void {
    this.lines.push({ level: 'debug', message, fields });
  }
  info(message: string, fields?: LogFields): void {
    this.lines.push({ level: 'info', message, fields });
  }
  warn(message: string, fields?: LogFields): void {
    this.lines.push({ level: 'warn', message, fields });
  }
  error(message: string, fields?: LogFields): void {
    this.lines.push({ level: 'error', message, fields });
  }
}

/** An application with these handlers, a clock that does not wait and a logger that remembers. */
export async function anApplication(metadata: ModuleMetadata, options: HandlersOptions = {}) {
  const clock = new StepClock();
  const logger = new RecordingLogger();
  const module = await Test.createTestingModule({
    ...metadata,
    imports: [HandlersModule.forRoot({ logger, ...options }), ...(metadata.imports ?? [])],
  })
    .overrideProvider(HANDLER_CLOCK)
    .useValue(clock)
    .compile();
  module.useLogger(false); // Nest logs what an exception filter leaves
  return { module, clock, logger, registry: module.get(HandlerRegistry), dispatcher: module.get(EventDispatcher) };
}
