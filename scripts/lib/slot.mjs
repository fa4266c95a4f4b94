import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tryLock } from './lock.mjs';
import { privateDir } from './paths.mjs';
import { markOf, sweep } from './processes.mjs';

const MOST_SLOTS = 50;
/** Folders of slots; what else lies beside them has locks of its own. */
const SLOT = /^(start|once|test|bench|images|extra)(-\d+)?$/;

/**
 * A slot is a run's own corner: folder, processes, names. One run holds it at a time; the next run of the same kind
 * takes the next one (`start`, `start-2`, …) and so never meets the first.
 */
export async function takeSlot(kind) {
  for (let number = 1; number <= MOST_SLOTS; number += 1) {
    const name = number === 1 ? kind : `${kind}-${number}`;
    const dir = join(privateDir, name);
    const lock = await tryLock(`slot ${dir}`);
    if (!lock) continue;
    const leftovers = await sweep(dir);
    rmSync(dir, { recursive: true, force: true }); // old data would only bring a killed run's state back
    mkdirSync(dir, { recursive: true });
    leftovers.push(...(await sweepAbandoned(dir)));
    return { ...slotAt(dir, number), leftovers, release: () => lock.release() };
  }
  throw new Error(`${MOST_SLOTS} runs of "${kind}" are going on already.`);
}

/** What killed runs of other kinds left running: a slot whose lock can be had belongs to nobody. */
async function sweepAbandoned(own) {
  const found = [];
  for (const name of readdirSync(privateDir).filter((each) => SLOT.test(each))) {
    const dir = join(privateDir, name);
    const lock = dir === own ? undefined : await tryLock(`slot ${dir}`);
    if (!lock) continue;
    found.push(...(await sweep(dir)));
    await lock.release();
  }
  return found;
}

let current;

/**
 * The slot that this process belongs to: that of the script that started it (a test worker of `npm test`), which sees to
 * what is left over; else one of `kind`, held until the process ends.
 */
export function slotOfThisProcess(kind) {
  current ??= inheritedSlot() ?? takeSlot(kind);
  return current;
}

function inheritedSlot() {
  const scope = markOf(process.pid)?.split('#')[0];
  if (!scope) return undefined;
  mkdirSync(scope, { recursive: true });
  return Promise.resolve({ ...slotAt(scope, 1), leftovers: [], release: () => Promise.resolve() });
}

function slotAt(dir, number) {
  return { name: basename(dir), number, dir, scope: dir, id: idOf(basename(dir)) };
}

/** Names this slot of this clone among all others on the machine. */
function idOf(name) {
  return `sluice-${name}-${createHash('sha256').update(privateDir).digest('hex').slice(0, 6)}`;
}
