import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';
import { print } from '../../scripts/lib/screen.mjs';

/** Keeps every run's figures with what they were measured on. */
export async function writeReport({ asked, servers, results }) {
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    arch: arch(),
    node: process.version,
    mongodb: servers.mongodb.describe.replace(/ on port.*/, ''),
    rabbitmq: servers.rabbitmq.describe.replace(/ on port.*/, ''),
  };
  const file = join(folder, `${at.slice(0, 10)}.json`);
  if (asked.report) writeFileSync(file, `${JSON.stringify({ at, machine, asked, results }, null, 2)}\n`);
  print(`\n  figures of every run: ${asked.report ? file : 'not kept (--no-report)'}`);
}
