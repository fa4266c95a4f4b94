import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettingsError } from '@sluice/platform';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadProducerSettings } from './producer.settings.js';
import { streamsFileSchema } from './streams-file.schema.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sluice-settings-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const servers = { MONGODB_URI: 'mongodb://localhost:27017', RABBITMQ_URI: 'amqp://localhost' };

function load(file: string | undefined, env: Record<string, string> = servers, name = 'sluice.yaml') {
  const path = join(folder, name);
  if (file !== undefined) writeFileSync(path, file);
  return loadProducerSettings({ ...env, SLUICE_CONFIG: path });
}

function faultsOf(run: () => unknown): { path: string; found: string; allowed: string }[] {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError)
      return error.faults.map((fault) => ({ ...fault, path: fault.path.replace(`${folder}/`, '') }));
    throw error;
  }
  return [];
}

const minimal = 'streams: [{ name: shop, scope: { database: shop } }]';

describe("the producer's settings", () => {
  it('fill in every default', () => {
    const { environment, streams } = load(minimal);
    expect(environment).toMatchObject({
      PRODUCER_HTTP_PORT: 3000,
      HTTP_HOST: '127.0.0.1',
      SLUICE_STATE_DB: 'sluice',
      SLUICE_EXCHANGE: 'sluice.events',
    });
    expect(streams).toEqual([
      expect.objectContaining({
        name: 'shop',
        operations: ['insert', 'update', 'replace', 'delete'],
        fullDocument: 'updateLookup',
        format: 'json',
        windowSize: 1000,
        onUnroutable: 'hold',
        startAt: 'now',
      }),
    ]);
  });

  it('come from JSON as well', () => {
    expect(load('{"streams":[{"name":"a","scope":{"deployment":true}}]}', servers, 'sluice.json').streams).toHaveLength(
      1,
    );
  });

  it('list every fault of both sources at once, with what was found and what is allowed', () => {
    const file = `
streams:
  - name: my stream
    scope: { database: shop }
    colection: x
    operations: [insert, upsert]
    batchSize: 0
    pipeline: [{ $lookup: {} }, { $unset: ns }]
`;
    const faults = faultsOf(() => load(file, { MONGODB_URI: 'localhost', PRODUCER_HTTP_PORT: 'eighty' }));
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          path: 'MONGODB_URI',
          found: '"localhost"',
          allowed: expect.stringContaining('mongodb://'),
        }),
        expect.objectContaining({ path: 'RABBITMQ_URI', found: 'nothing' }),
        expect.objectContaining({
          path: 'PRODUCER_HTTP_PORT',
          found: '"eighty"',
          allowed: 'a port number, 0 to 65535',
        }),
        expect.objectContaining({
          path: 'sluice.yaml: streams[0].name',
          found: '"my stream"',
          allowed: expect.stringContaining('letters, digits'),
        }),
        expect.objectContaining({
          path: 'sluice.yaml: streams[0].colection',
          found: 'an unknown key',
          allowed: expect.stringContaining('scope'),
        }),
        expect.objectContaining({ path: 'sluice.yaml: streams[0].operations[1]', found: '"upsert"' }),
        expect.objectContaining({
          path: 'sluice.yaml: streams[0].batchSize',
          found: '0',
          allowed: 'a whole number of events, 1 to 100000',
        }),
        expect.objectContaining({
          path: 'sluice.yaml: streams[0].pipeline[0].$lookup',
          allowed: expect.stringContaining('$match'),
        }),
        expect.objectContaining({
          path: 'sluice.yaml: streams[0].pipeline[1].$unset.ns',
          allowed: expect.stringContaining('keep "ns"'),
        }),
      ]),
    );
    expect(faults).toHaveLength(9);
  });

  it('compare the streams that are well written although another is not', () => {
    const file = 'streams: [{ name: a, scope: { database: x } }, { name: a, scope: { database: x } }, { name: c }]';
    expect(faultsOf(() => load(file)).map(({ path }) => path)).toEqual([
      'sluice.yaml: streams[2].scope',
      'sluice.yaml: streams[1].name',
      'sluice.yaml: streams "a" and "a"',
    ]);
  });

  it('never show a secret', () => {
    const env = { ...servers, ADMIN_TOKEN: 'short-secret', MONGODB_URI: 'mongo://user:planted@host' };
    expect(JSON.stringify(faultsOf(() => load(minimal, env)))).not.toMatch(/short-secret|planted/);
  });

  it.each([
    ['an open address without a token', { ...servers, HTTP_HOST: '0.0.0.0' }, minimal, /loopback only/],
    [
      'two streams of one name',
      servers,
      'streams: [{ name: a, scope: { database: x } }, { name: a, scope: { database: y } }]',
      /no other stream has/,
    ],
    [
      'overlapping streams',
      servers,
      'streams: [{ name: a, scope: { database: x } }, { name: b, scope: { deployment: true } }]',
      /share no operation/,
    ],
    ['the state database', servers, 'streams: [{ name: a, scope: { database: sluice } }]', /another database/],
    ['a file that is no YAML', servers, 'streams: [', /YAML or JSON file/],
    ['a missing file', servers, undefined, /YAML or JSON file/],
    ['an empty file', servers, '', /YAML or JSON file/],
    [
      'a namespace outside the scope',
      servers,
      'streams: [{ name: a, scope: { database: x }, namespaces: { include: [y.z] } }]',
      /within the stream's scope/,
    ],
    [
      'a time that is none',
      servers,
      'streams: [{ name: a, scope: { database: x }, startAt: yesterday }]',
      /"now", a time/,
    ],
  ])('refuse %s', (_what, env, file, allowed) => {
    expect(faultsOf(() => load(file, env))).toEqual([
      expect.objectContaining({ allowed: expect.stringMatching(allowed) }),
    ]);
  });
});

describe("the JSON Schema of the streams' file", () => {
  it('is the one that editors get (npx vitest run --project unit -u writes it anew)', async () => {
    const schema = z.toJSONSchema(streamsFileSchema, { io: 'input', target: 'draft-7' });
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../../../sluice.schema.json');
  });
});
