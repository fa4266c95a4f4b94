import { relative } from 'node:path';
import { pause } from '../abort.mjs';
import { root } from '../paths.mjs';
import { count, dim, print, step } from '../screen.mjs';
import { waitForDelivery } from './delivery.mjs';
import { faultsOf, faultsOfApps } from './faults.mjs';
import { HandlerLines } from './handler-lines.mjs';
import { Ledger } from './ledger.mjs';
import { LEDGER_LINE } from './ledger-line.mjs';
import { backlogPace, printReport, printVerdict, singlePace } from './report.mjs';
import { deadLetterQueueOf } from './run-names.mjs';
import { DemoWriter } from './writer.mjs';

const TRICKLE_MS = 1_000;
/** Changes of the measured run after the backlog, each written when the one before has been handled. */
const SINGLES = 20;
const SINGLE_LIMIT_MS = 30_000;

/** Opens the writer; `onLine` is to get the consumer's log. */
export async function demonstrate({ names, uri }) {
  const { MongoClient, BSON, ObjectId } = await import('mongodb');
  const client = await new MongoClient(uri, { appName: 'sluice-demo' }).connect();
  const ledger = new Ledger();
  const writer = new DemoWriter({ client, database: names.database, ledger, EJSON: BSON.EJSON, ObjectId });
  const handlerLines = new HandlerLines();
  let show = () => undefined;

  return {
    writer,
    handlerLines,
    onLine: (entry) => {
      if (entry.msg === LEDGER_LINE) return show(entry, ledger.seen(entry));
      const line = handlerLines.take(entry);
      if (line) print(`  ${line}`);
    },
    onShow: (listener) => (show = listener),
    deliverAll: (system, signal) => deliverAll({ writer, ledger, handlerLines, names, system, signal }),
    close: () => client.close(),
  };
}

async function deliverAll({ writer, ledger, handlerLines, names, system, signal }) {
  const log = fileName(system.consumer.logFile);
  const look = { log, queue: deadLetterQueueOf(names) };
  const judge = (status) => [...faultsOf(ledger, status.published), ...faultsOfApps(status, ledger.written, look)];
  let status = await step('real data', async (tell) => {
    const result = await deliverDataSet({ writer, ledger, system, tell, signal });
    const what = `${count(ledger.written)} changes of movies and earthquakes (npm package vega-datasets)`;
    return { result, summary: what, isFine: judge(result).length === 0 };
  });
  const pace = backlogPace(ledger);
  if (judge(status).length === 0) {
    const backlog = ledger.handled;
    status = await step('single changes', async (tell) => {
      const result = await deliverSingles({ writer, ledger, system, tell, signal });
      return { result, summary: `${SINGLES} more, one by one`, isFine: judge(result).length === 0 };
    });
    pace.push(...singlePace(ledger, backlog));
  }
  for (const [handler, lines] of handlerLines.shortened) {
    print(`  ${handler} logged ${count(lines)} lines in all; they are in ${log}`);
  }
  printReport(ledger, status, pace);
  const faults = judge(status);
  printVerdict(faults);
  return faults;
}

async function deliverDataSet({ writer, ledger, system, tell, signal }) {
  let isWriting = true;
  const writing = writer.writeAll(signal).finally(() => (isWriting = false));
  const delivery = waitForDelivery({ ledger, system, isWriting: () => isWriting, tell, signal });
  const [status] = await Promise.all([delivery, writing]);
  return status;
}

/** Without a backlog: what a change costs that has the way to itself. */
async function deliverSingles({ writer, ledger, system, tell, signal }) {
  for (let turn = 0; turn < SINGLES; turn += 1) {
    await writer.writeOne(turn, signal);
    const end = performance.now() + SINGLE_LIMIT_MS;
    while (ledger.handled < ledger.written && performance.now() < end) await pause(5, signal);
    if (ledger.handled < ledger.written) break; // the table will tell
  }
  return waitForDelivery({ ledger, system, tell, signal });
}

/** Keeps changing documents, about one a second, and shows each change as its handler gets it, until `signal`. */
export async function stayUp({ writer, handlerLines, onShow }, system, signal) {
  const apps = [system.producer, system.consumer];
  print();
  for (const { name, url, logFile } of apps) print(`  ${name}  ${url}  log: ${fileName(logFile)}`);
  print(`  database "${writer.database.databaseName}", collections movies and earthquakes`);
  const demo = `${system.consumer.url}/realtime/demo#namespace=${writer.database.databaseName}.movies`;
  print(`  live push, to look at in a browser: ${demo}`);
  print(`  every event, in another terminal: ${system.tail}`);
  print('  About one change a second from here on; Ctrl-C stops everything.');
  print();
  handlerLines.showAll();
  onShow((line, onItsWay) => print(`  ${handledLine(writer, line, onItsWay)}`));
  for (let turn = SINGLES; ; turn += 1) {
    await writer.writeOne(turn, signal);
    await pause(TRICKLE_MS, signal);
  }
}

function fileName(path) {
  return relative(root, path);
}

function handledLine(writer, { operation, namespace, key }, onItsWay) {
  const time = new Date().toISOString().slice(11, 23);
  const how = typeof onItsWay === 'number' ? `${Math.round(onItsWay)} ms` : onItsWay;
  const collection = namespace.slice(namespace.indexOf('.') + 1);
  return `${dim(time)}  ${operation.padEnd(8)} ${collection.padEnd(12)} ${writer.titleOf(key)}  ${dim(how)}`;
}
