import { groupAuditSchema, groupListSchema, groupRegisterResultSchema, groupStatusSchema } from '@sluice/contracts';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { usageError } from '../cli.error.js';
import { Session, type Surroundings } from '../session.js';
import { groupDetail, groupHistory, groupTable, othersTable, registerResult } from '../views/group.view.js';
import { addOperatorOptions, operatorOf, part } from './command.parts.js';
import { resetCommand } from './reset.command.js';

/** `delete` is refused where something is in them, `discard` is not. */
const QUEUES = ['keep', 'delete', 'discard'] as const;
const orderOptionsSchema = z.object({ by: z.string().optional(), reason: z.string().optional() });
const deleteOptionsSchema = z.object({
  dryRun: z.boolean().default(false),
  queues: z.enum(QUEUES),
  revision: z.string().optional(),
  by: z.string().optional(),
  reason: z.string().optional(),
});

/** Consumer groups: the one that the asked consumer serves, and what is registered beside it. */
export function groupsCommand(around: Surroundings): Command {
  const groups = new Command('groups').description('look at consumer groups, pause, resume and retire them');
  groups
    .command('list')
    .description('the group of the consumer that is asked with its partitions, and the others')
    .action(async (_options: unknown, command: Command) => {
      const session = Session.of(around, command);
      session.show(await session.consumer.ask('/groups', groupListSchema), ({ groups: served, others }) =>
        [...served.map((group) => groupDetail(group, around)), othersTable(others, around)].join(''),
      );
    });
  for (const [what, says] of [
    ['pause', 'stop consuming on all replicas; what comes waits in the queues'],
    ['resume', 'go on after a pause'],
  ] as const) {
    addOperatorOptions(groups.command(what).argument('<group>', 'its name; asked is a consumer of it'))
      .description(says)
      .action((name: string, _options: unknown, command: Command) => order(around, name, what, command));
  }
  addOperatorOptions(groups.command('delete').argument('<group>', 'its name; asked is a consumer of another group'))
    .option('--dry-run', 'change nothing, say what would happen')
    .addOption(new Option('--queues <what>', 'what becomes of its queues').choices(QUEUES).default('keep'))
    .option('--revision <n>', 'only if its registration still has this revision')
    .description('retire it: streams no longer hold for it')
    .action((name: string, _options: unknown, command: Command) => retire(around, name, command));
  groups.addCommand(resetCommand(around));
  groups
    .command('history')
    .argument('<group>', 'its name')
    .description('who registered or retired it, when and why; newest first')
    .action(async (name: string, _options: unknown, command: Command) => {
      const session = Session.of(around, command);
      session.show(await session.consumer.ask(`/groups/${part(name)}/history`, groupAuditSchema), groupHistory);
    });
  return groups;
}

async function order(around: Surroundings, name: string, what: string, command: Command): Promise<void> {
  const session = Session.of(around, command);
  const body = operatorOf(around, orderOptionsSchema.parse(command.opts()));
  const answer = await session.consumer.ask(`/groups/${part(name)}/${what}`, groupStatusSchema, {
    method: 'POST',
    body,
  });
  session.show(answer, (group) => groupTable({ groups: [group], others: [] }, around));
}

async function retire(around: Surroundings, name: string, command: Command): Promise<void> {
  const { by, reason, dryRun, queues, revision } = deleteOptionsSchema.parse(command.opts());
  if (reason === undefined && !dryRun)
    throw usageError('a retired group is kept with the reason', "say why: --reason '...'", 'or only try: --dry-run');
  const session = Session.of(around, command);
  const query = { dryRun, queues, revision, ...operatorOf(around, { by, reason: reason ?? 'a dry run' }) };
  const answer = await session.consumer.ask(`/groups/${part(name)}`, groupRegisterResultSchema, {
    method: 'DELETE',
    query,
  });
  session.show(answer, registerResult);
}
