import { pause } from '../abort.mjs';
import { dim, print, step } from '../screen.mjs';
import { waitForDelivery } from './delivery.mjs';
import { Ledger } from './ledger.mjs';
import { faultsOf, printReport, printVerdict } from './report.mjs';
import { DemoWriter } from './writer.mjs';

const TRICKLE_MS = 1_000;

/** Opens the writer; `onHandled` is to get each line that the demonstration's handler logs. */
export async function demonstrate({ names, uri }) {
  const { MongoClient, BSON, ObjectId } = await import('mongodb');
  const client = await new MongoClient(uri, { appName: 'sluice-demo' }).connect();
  const ledger = new Ledger();
  const writer = new DemoWriter({ client, database: names.database, ledger, EJSON: BSON.EJSON, ObjectId });
  let show = () => undefined;

  return {
    ledger,
    writer,
    onHandled: (line) => show(line, ledger.seen(line)),
    onShow: (listener) => (show = listener),
    deliverAll: (system, signal) => deliverAll({ writer, ledger, system, signal }),
    close: () => client.close(),
  };
}

async function deliverAll({ writer, ledger, system, signal }) {
  let isWriting = true;
  const published = await step('real data', async (tell) => {
    const writing = writer.writeAll(signal).finally(() => (isWriting = false));
    const delivery = waitForDelivery({ ledger, system, isWriting: () => isWriting, tell, signal });
    const [result] = await Promise.all([delivery, writing]);
    return { result, summary: `${ledger.written} changes of movies and earthquakes (npm package vega-datasets)` };
  });
  printReport(ledger, published);
  const faults = faultsOf(ledger, published);
  printVerdict(faults);
  return faults;
}

/** Keeps changing documents, about one a second, and shows each change as its handler gets it, until `signal`. */
export async function stayUp(demo, system, signal) {
  print();
  print(`  producer  ${system.producer.url}`);
  print(`  consumer  ${system.consumer.url}`);
  print('  About one change a second from here on; Ctrl-C stops everything.');
  print();
  demo.onShow((line, latency) => print(`  ${handledLine(demo.writer, line, latency)}`));
  for (let turn = 0; ; turn += 1) {
    await demo.writer.writeOne(turn, signal);
    await pause(TRICKLE_MS, signal);
  }
}

function handledLine(writer, { handler, operation, namespace, key }, latency) {
  const time = new Date().toISOString().slice(11, 23);
  const onTheWay = latency === undefined ? 'again' : `${Math.round(latency)} ms`;
  const collection = namespace.slice(namespace.indexOf('.') + 1);
  return `${dim(time)}  ${operation.padEnd(8)} ${collection.padEnd(12)} ${writer.titleOf(key)}  ${dim(`${handler}, ${onTheWay}`)}`;
}
