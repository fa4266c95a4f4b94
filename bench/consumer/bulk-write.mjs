/**
 * A mirror without any care: plain amqplib, `BSON.deserialize`, one `bulkWrite` for 100 documents, one acknowledgement.
 * `BENCH_WRITE=insert`: one that knows that all documents are new.
 */
import { connect } from 'amqplib';
import { BSON, MongoClient } from 'mongodb';

const BATCH = 100;
const { BENCH_RABBITMQ, BENCH_MONGODB, BENCH_QUEUE, BENCH_PREFETCH, BENCH_WRITE } = process.env;

const copies = (await MongoClient.connect(BENCH_MONGODB)).db('bench-copies').collection('raw');
const channel = await (await connect(BENCH_RABBITMQ)).createChannel();
await channel.prefetch(Number(BENCH_PREFETCH));
let batch = [];

function upsertOf(document) {
  return { replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true } };
}

function insertOf(document) {
  return { insertOne: { document } };
}

async function write(messages) {
  const documents = messages.map(({ content }) => BSON.deserialize(content).data.fullDocument);
  const operations = documents.map(BENCH_WRITE === 'insert' ? insertOf : upsertOf);
  await copies.bulkWrite(operations, { ordered: false });
  for (const message of messages.slice(-1)) channel.ack(message, true);
}

let writing = Promise.resolve();
await channel.consume(BENCH_QUEUE, (message) => {
  batch.push(message);
  if (batch.length < BATCH) return;
  const full = batch;
  batch = [];
  writing = writing.then(() => write(full));
});
