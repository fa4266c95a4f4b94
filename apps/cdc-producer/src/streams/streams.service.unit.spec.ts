import { Logger } from '@nestjs/common';
import { Timestamp } from 'mongodb';
import { afterEach, beforeEach, expect, it, vi, type MockInstance } from 'vitest';
import type { OplogWatch } from '../change-stream/oplog.watch.js';
import { NOTHING_SAVED } from '../checkpoint/saved-position.js';
import type { ProducerSettings } from '../config/producer.settings.js';
import { streamSchema } from '../config/streams-file.schema.js';
import type { LeaseTaker } from '../lease/lease.taker.js';
import type { Membership } from '../lease/membership.js';
import type { RelayFactory } from '../relay/relay.factory.js';
import type { ControlWatch } from './control.watch.js';
import type { ControlStore, StreamControl } from './stream-control.js';
import { StreamsService } from './streams.service.js';

const streams = [streamSchema.parse({ name: 'shop', scope: { database: 'shop' } })];
const control: StreamControl = {
  ...{ stream: 'shop', revision: 1, restarts: 0, lease: undefined, position: NOTHING_SAVED },
  pause: { since: new Date(), by: null, reason: null }, // so that no lease is taken
};
const asked = () => Promise.resolve(control);
const done = () => Promise.resolve();

let warned: MockInstance;
let restart: () => Promise<StreamControl | undefined>;
let service: StreamsService;
beforeEach(() => {
  warned = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  restart = asked;
  service = new StreamsService(
    { streams } as unknown as ProducerSettings, // what the service reads of each, here and below
    {} as unknown as LeaseTaker,
    { leave: done } as unknown as Membership,
    { pause: asked, resume: asked, restart: () => restart() } as unknown as ControlStore,
    { until: done, stop: done } as unknown as ControlWatch,
    {} as unknown as RelayFactory,
    { oldest: () => new Timestamp({ t: 1, i: 1 }), nowSeconds: 2 } as unknown as OplogWatch,
    () => undefined,
  );
});
afterEach(async () => {
  await service.stopAll();
  vi.restoreAllMocks();
});

it.each([
  ['pause', 'paused'],
  ['resume', 'resumed'],
  ['restart', 'restarted'],
] as const)('the log keeps who asked for a %s, and why', async (request, done) => {
  await service[request]('shop', { by: 'ann', reason: 'new disks' });
  expect(warned).toHaveBeenCalledExactlyOnceWith(`stream "shop" is ${done}, by ann: new disks`);
  await service[request]('shop');
  expect(warned).toHaveBeenLastCalledWith(`stream "shop" is ${done}, by unknown: no reason given`);
});

it('the log does not tell of a restart that was refused', async () => {
  restart = () => Promise.resolve(undefined);
  await expect(service.restart('shop', { by: 'ann', reason: null })).rejects.toThrow('paused');
  expect(warned).not.toHaveBeenCalled();
});
