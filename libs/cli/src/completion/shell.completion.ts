import { script, type RootCommand } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import { groupListSchema, streamListSchema } from '@sluice/contracts';
import type { Command } from 'commander';
import { Session, type Surroundings } from '../session.js';

/** Whoever presses the tab key waits for it. */
const NAMES_LIMIT_MS = 2_000;
const COMMAND = 'completion';

type Names = Readonly<Record<'stream' | 'group', readonly string[]>>;

/** Adds `completion`, which prints a shell's script, and the hidden `complete` that those scripts call. */
export function addCompletion(program: Command, executable: string): RootCommand {
  const shared = program.options;
  const root = tab(program, { completionCommandName: COMMAND });
  const command = program.commands.find((each) => each.name() === COMMAND);
  // The scripts call this very program: it need not be on the PATH.
  command?.action((shell: string) => script(shell, program.name(), executable));
  for (const each of root.commands.values())
    for (const { long, description, required } of shared)
      if (long != null) each.option(long.slice(2), description, required ? () => undefined : '');
  return root;
}

export function isCompletionRequest([first, second]: readonly string[]): boolean {
  return first === 'complete' && second === '--';
}

/** Lets the names of streams and groups be completed, where the apps answer at once. */
export async function completeNames(root: RootCommand, around: Surroundings, program: Command): Promise<void> {
  const names = await namesOf(around, program);
  for (const { arguments: slots, options } of root.commands.values())
    for (const kind of ['stream', 'group'] as const)
      for (const slot of [slots.get(kind), options.get(kind)])
        if (slot !== undefined) slot.handler = (complete) => names[kind].forEach((name) => complete(name, kind));
}

async function namesOf(around: Surroundings, program: Command): Promise<Names> {
  const signal = AbortSignal.any([around.signal, AbortSignal.timeout(NAMES_LIMIT_MS)]);
  const { producer, consumer } = Session.of({ ...around, signal }, program);
  const [streams, groups] = await Promise.allSettled([
    producer.ask('/streams', streamListSchema),
    consumer.ask('/groups', groupListSchema),
  ]);
  const found = groups.status === 'fulfilled' ? [...groups.value.groups, ...(groups.value.others ?? [])] : [];
  return {
    stream: streams.status === 'fulfilled' ? streams.value.streams.map(({ name }) => name) : [],
    group: found.map(({ name }) => name),
  };
}
