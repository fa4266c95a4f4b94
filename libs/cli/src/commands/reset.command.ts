import { groupResetResultSchema } from '@sluice/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { usageError } from '../cli.error.js';
import { Session, type Surroundings } from '../session.js';
import { groupReset } from '../views/handled.view.js';
import { addOperatorOptions, operatorOf, part } from './command.parts.js';

const optionsSchema = z.object({
  stream: z.string(),
  from: z.string(),
  to: z.string().optional(),
  dryRun: z.boolean().default(false),
  by: z.string().optional(),
  reason: z.string().optional(),
});

/** `groups reset`: what a paused group has handled is handled again when it comes again. */
export function resetCommand(around: Surroundings): Command {
  const command = new Command('reset').argument('<group>', 'its name; asked is a consumer of it');
  return addOperatorOptions(command)
    .requiredOption('--stream <stream>', 'the stream whose changes they are')
    .requiredOption('--from <place>', 'the first of them: a time, or a position as `streams show` has it')
    .option('--to <place>', 'the first behind them; all since then unless given')
    .option('--dry-run', 'change nothing, count what would be opened again')
    .description('forget what the paused group has handled since then, so that a repeat is handled again')
    .action((name: string, _options: unknown, self: Command) => reset(around, name, self));
}

async function reset(around: Surroundings, name: string, command: Command): Promise<void> {
  const { stream, from, to, dryRun, by, reason } = optionsSchema.parse(command.opts());
  if (reason === undefined && !dryRun)
    throw usageError('a reset is kept with the reason', "say why: --reason '...'", 'or only try: --dry-run');
  const session = Session.of(around, command);
  const body = { stream, from, to, ...operatorOf(around, { by, reason: reason ?? 'a dry run' }) };
  const path = `/groups/${part(name)}/reset`;
  const answer = await session.consumer.ask(path, groupResetResultSchema, { method: 'POST', query: { dryRun }, body });
  const again = `sluice groups reset ${name} --stream ${stream} --from ${from}${to === undefined ? '' : ` --to ${to}`} --reason '...'`;
  session.show(answer, (result) => groupReset(result, again, around));
}
