import type { PositionAuditPage, StreamPosition } from '@sluice/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { aRunningSystem } from '../harness/running.system.js';
import { KILLS, RequestKiller, TIMEOUT_MS } from './killed.request.js';

const PATH = '/api/v1/streams/main/position';
const EVENTS = 40;
const LINES = 100;

it(
  `${KILLS} kill -9 of the producer while it sets a position: position and audit line are both there, or neither`,
  async () => {
    const killer = new RequestKiller();
    const system = await aRunningSystem();
    onTestFinished(() => system.stop());
    const to = new Date().toISOString();
    const documents = system.db.collection<{ _id: number }>('documents');
    await documents.insertMany(Array.from({ length: EVENTS }, (_, _id) => ({ _id })));
    await system.handledAll(EVENTS);
    await system.producer.get('/api/v1/streams/main/pause', { method: 'POST' });

    const look = async () => {
      const { body: position } = await system.producer.get(PATH);
      const { body: page } = await system.producer.get(`${PATH}/history?limit=${LINES}`);
      return { position: position as StreamPosition, changes: (page as PositionAuditPage).changes };
    };
    const put = (reason: string) => {
      const headers = { 'content-type': 'application/json', 'if-match': '*' };
      return system.producer.get(PATH, { method: 'PUT', headers, body: JSON.stringify({ to, by: 'ann', reason }) });
    };
    const outcomes = { old: 0, new: 0, 'new, and nobody was told': 0 };
    for (let kill = 0; kill < KILLS; kill++) {
      const before = await look();
      const reason = `kill ${kill}`;
      const status = await killer.killDuring(system.producer, () => put(reason));
      await system.startProducer().ready();
      const { position, changes } = await look();
      const isNew = position.epoch !== before.position.epoch;
      if (!isNew) expect(position).toEqual(before.position);
      else expect(position).toMatchObject({ last: null, isPaused: true, generation: before.position.generation + 1 });
      const { epoch, generation, readTo, resumeToken } = position;
      const line = {
        number: (before.changes[0]?.number ?? 0) + 1,
        by: 'ann',
        reason,
        after: { epoch, generation, readTo, resumeToken },
      };
      const kept = before.changes.slice(0, isNew ? LINES - 1 : LINES);
      expect(changes.slice(isNew ? 1 : 0), 'what stood there stays').toEqual(kept);
      if (isNew) expect(changes[0]).toMatchObject({ ...line, before: { epoch: before.position.epoch } });
      if (status === 200) expect(isNew, 'who is told that it is done finds it done').toBe(true);
      outcomes[isNew ? (status === 200 ? 'new' : 'new, and nobody was told') : 'old'] += 1;
    }
    console.log(outcomes);

    await documents.insertOne({ _id: EVENTS }); // during the pause
    await system.producer.get('/api/v1/streams/main/resume', { method: 'POST' });
    await system.handledAll(EVENTS + 1);
    expect(system.handled.disordered()).toEqual([]);
  },
  TIMEOUT_MS,
);
