import { describe, expect, it } from 'vitest';
import { streamSchema, type StreamSettings } from '../config/streams-file.schema.js';
import { overlapsOf } from './overlap.policy.js';
import { streamPipeline } from './stream.pipeline.js';
import { pipelineFaults, pipelineWarnings } from './user-pipeline.policy.js';

const stream = (over: Record<string, unknown> = {}): StreamSettings =>
  streamSchema.parse({ name: 'one', scope: { database: 'shop' }, ...over });

describe("a user's pipeline", () => {
  it.each([
    [{ $group: { _id: 1 } }, ['$group']],
    [{ $unset: ['documentKey', 'x'] }, ['$unset', 'documentKey']],
    [{ $project: { fullDocument: 1, ns: 1, operationType: 1, documentKey: 1 } }, ['$project', 'clusterTime']],
    [{ $project: { _id: 0 } }, ['$project', '_id']],
    [
      { $replaceWith: { _id: '$_id', operationType: '$operationType', ns: '$ns', documentKey: '$documentKey' } },
      ['$replaceWith', 'clusterTime'],
    ],
    [{ $unset: 'ns.coll' }, ['$unset', 'ns']],
    [{ $unset: ['documentKey._id'] }, ['$unset', 'documentKey']],
    [{ $project: { 'ns.coll': 0 } }, ['$project', 'ns']],
    [{ $set: { operationType: 'insert' } }, ['$set', 'operationType']],
    [{ $addFields: { documentKey: '$$REMOVE' } }, ['$addFields', 'documentKey']],
  ])('is refused with the stage and the field: %j', (stage, path) => {
    expect(pipelineFaults([stage])).toEqual([expect.objectContaining({ path: [0, ...path] })]);
  });

  it.each([
    [{ $match: { 'fullDocument.total': { $gt: 5 } } }],
    [{ $project: { 'fullDocument.secret': 0 } }],
    [{ $set: { 'fullDocument.seen': true } }],
    [{ $replaceRoot: { newRoot: { $mergeObjects: ['$$ROOT', {}] } } }],
  ])('may be %j', (stage) => {
    expect(pipelineFaults([stage])).toEqual([]);
  });

  it.each([
    [{ $match: { 'fullDocument.total': 5 } }],
    [{ $match: { $or: [{ operationType: 'insert' }, { 'fullDocument.a': 1 }] } }],
    [{ $match: { $expr: { $eq: ['$fullDocument.a', 1] } } }],
  ])('warns that it drops deletes: %j', (stage) => {
    expect(pipelineWarnings([stage])).toEqual([expect.stringContaining('drops every delete')]);
  });

  it('does not warn of other matches', () => {
    expect(pipelineWarnings([{ $match: { operationType: 'insert' } }])).toEqual([]);
  });

  it('cannot hide them by a $redact either', () => {
    const { stages } = streamPipeline(stream({ pipeline: [{ $redact: '$$PRUNE' }] }), 'sluice');
    expect(stages[1]).toEqual({
      $redact: { $cond: [{ $in: ['$operationType', expect.arrayContaining(['invalidate'])] }, '$$KEEP', '$$PRUNE'] },
    });
  });

  it('cannot hide drop, rename and invalidate, whatever it matches', () => {
    const { stages } = streamPipeline(stream({ pipeline: [{ $match: { operationType: 'insert' } }] }), 'sluice');
    expect(stages[1]).toEqual({
      $match: {
        $or: [
          { operationType: { $in: ['drop', 'rename', 'dropDatabase', 'invalidate'] } },
          { operationType: 'insert' },
        ],
      },
    });
  });
});

describe('the generated pipeline', () => {
  const CONTROL = ['drop', 'rename', 'dropDatabase', 'invalidate'];
  const NOT_CONSUMERS_OWN = { 'ns.coll': { $nin: ['sluice_inbox', 'sluice_fences'] } };

  it('takes namespaces by $in, and what concerns a whole namespace always', () => {
    const namespaces = { include: ['shop.a', 'shop.b'], exclude: ['shop.c'] };
    const wanted = [
      { operationType: { $in: ['insert', 'update', 'replace', 'delete'] } },
      { $or: [{ 'ns.db': 'shop', 'ns.coll': { $in: ['a', 'b'] } }] },
      { $nor: [{ 'ns.db': 'shop', 'ns.coll': { $in: ['c'] } }] },
    ];
    expect(streamPipeline(stream({ namespaces }), 'state').stages).toEqual([
      { $match: { ...NOT_CONSUMERS_OWN, $or: [{ operationType: { $in: CONTROL } }, { $and: wanted }] } },
    ]);
  });

  it.each([
    ['the whole deployment', { scope: { deployment: true } }],
    ['the database that it shares with others', { scope: { database: 'state' } }],
  ])('never lets the state database through: %s', (_what, over) => {
    expect(streamPipeline(stream(over), 'state').stages).toEqual([
      { $match: { 'ns.db': { $ne: 'state' }, ...NOT_CONSUMERS_OWN } },
    ]);
  });

  it.each([
    ['a database', {}, [{ $match: NOT_CONSUMERS_OWN }]],
    ['one collection', { scope: { database: 'shop', collection: 'orders' } }, []],
    [
      'one that consumers write',
      { scope: { database: 'shop', collection: 'sluice_inbox' } },
      [{ $match: NOT_CONSUMERS_OWN }],
    ],
    [
      'one operation of a collection',
      { scope: { database: 'shop', collection: 'orders' }, operations: ['delete'] },
      [{ $match: { operationType: { $in: ['delete', ...CONTROL] } } }],
    ],
  ])('asks the server for no more than it needs: %s', (_what, over, stages) => {
    expect(streamPipeline(stream(over), 'state').stages).toEqual(stages);
  });

  it('has another hash when anything changes that a token binds to', () => {
    const hashes = [
      {},
      { operations: ['insert'] },
      { fullDocument: 'default' },
      { pipeline: [{ $match: {} }] },
      { scope: { deployment: true } },
    ].map((over) => streamPipeline(stream(over), 'sluice').hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('has the same hash when only the pace changes', () => {
    expect(streamPipeline(stream({ batchSize: 5 }), 'sluice').hash).toBe(streamPipeline(stream(), 'sluice').hash);
  });
});

describe('two streams', () => {
  const two = (first: Record<string, unknown>, second: Record<string, unknown>) =>
    overlapsOf([stream({ name: 'a', ...first }), stream({ name: 'b', ...second })]);

  it.each([
    [{ scope: { deployment: true } }, {}],
    [{}, { scope: { database: 'shop', collection: 'orders' } }],
    [{ namespaces: { include: ['shop.x', 'shop.y'] } }, { namespaces: { include: ['shop.y'] } }],
  ])('overlap: %j and %j', (first, second) => {
    expect(two(first, second)).toEqual([expect.objectContaining({ first: 'a', second: 'b' })]);
  });

  it.each([
    [{ operations: ['insert'] }, { operations: ['delete'] }],
    [{ scope: { database: 'other' } }, {}],
    [{ namespaces: { include: ['shop.x'] } }, { namespaces: { include: ['shop.y'] } }],
    [{ namespaces: { include: ['shop.x'] } }, { namespaces: { exclude: ['shop.x'] } }],
  ])('stay apart: %j and %j', (first, second) => {
    expect(two(first, second)).toEqual([]);
  });
});
