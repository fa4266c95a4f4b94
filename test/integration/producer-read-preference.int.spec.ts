import { randomBytes } from 'node:crypto';
import { MongoClient, type CommandStartedEvent } from 'mongodb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RawChangeCursor } from '../../apps/cdc-producer/src/change-stream/raw-change.cursor.js';
import { testServers } from '../harness/test-servers.js';

const database = `t${randomBytes(5).toString('hex')}_preference`;
let client: MongoClient;
let aggregates: CommandStartedEvent['command'][];
beforeEach(async () => {
  aggregates = [];
  client = new MongoClient(testServers().mongodb, { monitorCommands: true, readPreference: 'nearest' });
  client.on('commandStarted', ({ commandName, command }) => {
    if (commandName === 'aggregate') aggregates.push(command);
  });
  await client.connect();
});
afterEach(() => client.close());

it.each([
  ['secondaryPreferred', { mode: 'secondaryPreferred' }],
  ['nearest', { mode: 'nearest' }],
] as const)('a stream with readPreference: %s asks the server for it', async (readPreference, asked) => {
  await openAndClose({ readPreference });
  expect(aggregates[0]).toMatchObject({ $readPreference: asked });
});

it("is the primary unless the stream says otherwise, whatever the URI's is", async () => {
  await openAndClose({});
  expect(aggregates).toHaveLength(1);
  expect(aggregates[0]?.['$readPreference']?.mode ?? 'primary').toMatch(/^primary/); // one server alone: the driver asks for primaryPreferred
});

async function openAndClose(over: { readPreference?: 'secondaryPreferred' | 'nearest' }): Promise<void> {
  const options = { batchSize: 10, maxAwaitTimeMs: 50, ...over };
  const cursor = new RawChangeCursor(client, { database }, [{ $changeStream: {} }], options);
  await cursor.open();
  await cursor.close();
}
