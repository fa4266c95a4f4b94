import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Test } from '@nestjs/testing';
import { HandlerRegistry, HandlersModule } from '@sluice/handlers';
import { aDelete, anInsert, delivererFor } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConsumerHandlersModule } from './handlers.module.js';

/** All that a team writes to add a handler. */
const ORDER_HANDLER = `
import { Injectable } from '@nestjs/common';
import { OnInsert, type EventContext } from '@sluice/handlers';
import type { InsertEvent } from '@sluice/contracts';

@Injectable()
export class OrderHandler {
  readonly totals: number[] = [];

  @OnInsert('shop.orders')
  inserted(event: InsertEvent<{ total: number }>, context: EventContext): void {
    context.logger.debug('order stored');
    this.totals.push(event.fullDocument.total);
  }
}
`;

describe('the handlers of the consumer', () => {
  let folder: string;
  // Below the sources, because what a handler imports is looked for from its own folder upwards.
  beforeEach(async () => {
    folder = await mkdtemp(join(dirname(fileURLToPath(import.meta.url)), '.unit-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const write = (name: string, source: string) => writeFile(join(folder, name), source);

  async function application(options: { folder?: string } = { folder }) {
    const module = await Test.createTestingModule({
      imports: [HandlersModule.forRoot(), ConsumerHandlersModule.register(options)],
    }).compile();
    module.useLogger(false);
    return module;
  }

  it('run a handler whose file was dropped into the folder, and nothing else done', async () => {
    await write('order.handler.ts', ORDER_HANDLER);
    const app = await application();
    expect(await delivererFor(app)(anInsert('shop.orders', { total: 5 }))).toEqual({ matched: 1, failures: [] });
    const { OrderHandler } = (await import(join(folder, 'order.handler.ts'))) as { OrderHandler: new () => unknown };
    expect(app.get(OrderHandler)).toMatchObject({ totals: [5] });
  });

  it('come from subfolders and controllers too; maps, tests, declarations and hidden folders are left alone', async () => {
    await mkdir(join(folder, 'audit'));
    await write(
      'audit/audit.handler.ts',
      ORDER_HANDLER.replaceAll('Injectable', 'Controller').replace('OrderHandler', 'AuditController'),
    );
    await mkdir(join(folder, '.hidden'));
    for (const name of [
      '.hidden/a.handler.ts',
      'a.handler.d.ts',
      'a.handler.js.map',
      'a.handler.unit.spec.ts',
      'handler.ts',
    ]) {
      await write(name, 'throw new Error("not to be imported")');
    }
    const app = await application();
    expect(app.get(HandlerRegistry).describe()).toEqual([
      { name: 'AuditController.inserted', patterns: ['insert.shop.orders'] },
    ]);
  });

  it.each([
    ['exports nothing', 'export const nothing = 1;', 'it exports no handler class'],
    [
      'exports a class without a handler method',
      ORDER_HANDLER.replace(/@OnInsert.*/, ''),
      'it exports no handler class',
    ],
    ['forgets @Injectable()', ORDER_HANDLER.replace('@Injectable()', ''), 'OrderHandler lacks @Injectable()'],
  ])('refuse a file that %s, by its name', async (_, source, fault) => {
    await write('broken.handler.ts', source);
    await expect(application()).rejects.toMatchObject({
      code: 'SLUICE-HANDLER-FILE-EMPTY',
      message: expect.stringMatching(new RegExp(`broken\\.handler\\.ts: ${fault.replace(/[()]/g, '\\$&')}`)) as string,
    });
  });

  it.each([
    ['exists', (path: string) => path, 'does not exist'],
    ['is a folder', async (path: string) => (await writeFile(path, ''), path), 'is no folder'],
  ])('refuse a folder that is not one that %s, as a fault of the settings', async (_, prepare, found) => {
    const missing = await prepare(join(folder, 'elsewhere'));
    await expect(application({ folder: missing })).rejects.toMatchObject({
      code: 'SLUICE-CONFIG-INVALID',
      faults: [{ path: 'SLUICE_HANDLERS', found: expect.stringContaining(found) as string }],
    });
  });

  it('refuse a namespace that no change can have, by class and method', async () => {
    await write('order.handler.ts', ORDER_HANDLER.replace('shop.orders', 'shop'));
    await expect(application()).rejects.toMatchObject({
      code: 'SLUICE-HANDLER-NAMESPACE-INVALID',
      message: expect.stringContaining('@OnInsert on OrderHandler.inserted: namespace "shop"') as string,
    });
  });

  it('hold the sample, which logs one line per change', async () => {
    const app = await application({});
    const log = vi.fn();
    app.useLogger({ log, error: vi.fn(), warn: vi.fn() });
    const deliver = delivererFor(app);
    const insert = anInsert('shop.orders.eu', { _id: 1 });
    const deletion = aDelete('shop.orders', 'a');
    await deliver(insert);
    await deliver(deletion, { redelivered: true });
    expect(log.mock.calls.map(([line]: unknown[]) => line)).toEqual([
      {
        msg: 'change handled',
        handler: 'ShowChanges.show',
        operation: 'insert',
        namespace: 'shop.orders.eu',
        key: '{"$numberInt":"1"}',
        id: insert.id,
        eventId: insert.id,
        stream: insert.stream,
        position: expect.stringMatching(/^\d{10}\.\d{10}\.\d{6}\.\d{8}$/) as string,
        redelivered: false,
      },
      expect.objectContaining({ operation: 'delete', key: '"a"', redelivered: true }),
    ]);
  });
});
