import {
  positionAuditPageSchema,
  positionChangeResultSchema,
  streamPositionSchema,
  type PositionTarget,
} from '@sluice/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { CliError, usageError } from '../cli.error.js';
import { Session, type Surroundings } from '../session.js';
import { positionChange, positionDetail, positionHistory } from '../views/position.view.js';
import { addOperatorOptions, operatorOf, part } from './command.parts.js';
import { positionTarget } from './position.target.js';

const changeOptionsSchema = z.object({
  to: z.string().optional(),
  dryRun: z.boolean().default(false),
  ifMatch: z.string().optional(),
  by: z.string().optional(),
  reason: z.string().optional(),
});
type ChangeOptions = z.infer<typeof changeOptionsSchema>;

const historyOptionsSchema = z.object({ limit: z.string().optional(), before: z.string().optional() });

/** Where a stream stands, and moving it. */
export function positionCommand(around: Surroundings): Command {
  const position = new Command('position').description('look at the position of a stream, move or delete it');
  position
    .command('get')
    .argument('<stream>', 'its name')
    .description('the saved position, decoded')
    .action(async (name: string, _options: unknown, command: Command) => {
      const session = Session.of(around, command);
      const { body, etag } = await session.producer.askTagged(pathOf(name), streamPositionSchema);
      session.show(body, (answer) => positionDetail(answer, etag, around));
    });
  addChangeOptions(position.command('set').argument('<stream>', 'its name; it has to be paused'))
    .requiredOption('--to <target>', 'now, a time, a resume token, a log line that holds one, or - for standard input')
    .description('set it; with --dry-run only say what would happen')
    .action((name: string, _options: unknown, command: Command) => set(around, name, command));
  addChangeOptions(position.command('delete').argument('<stream>', 'its name; it has to be paused'))
    .description('delete it: the stream begins at its startAt')
    .action((name: string, _options: unknown, command: Command) => remove(around, name, command));
  position
    .command('history')
    .argument('<stream>', 'its name')
    .option('--limit <n>', 'changes to show')
    .option('--before <number>', 'only those with a lower number')
    .description('who changed it, when and why; newest first')
    .action(async (name: string, _options: unknown, command: Command) => {
      const session = Session.of(around, command);
      const query = historyOptionsSchema.parse(command.opts());
      const answer = await session.producer.ask(`${pathOf(name)}/history`, positionAuditPageSchema, { query });
      session.show(answer, positionHistory);
    });
  return position;
}

function addChangeOptions(command: Command): Command {
  return addOperatorOptions(command)
    .option('--dry-run', 'change nothing, say what would happen')
    .option('--if-match <etag>', 'only if this is still the position; unless given, the one that is there now');
}

async function set(around: Surroundings, name: string, command: Command): Promise<void> {
  const options = changeOptionsSchema.parse(command.opts());
  const given = options.to === '-' ? await around.terminal.read() : (options.to ?? '');
  const to = positionTarget(given);
  const session = Session.of(around, command);
  const asked = operator(around, options);
  const { ifMatch, tag } = await matchOf(session, name, options);
  const answer = await session.producer.ask(pathOf(name), positionChangeResultSchema, {
    method: 'PUT',
    query: { dryRun: options.dryRun },
    body: { to, ...asked },
    ...ifMatch,
  });
  const again = `sluice position set ${name} --to ${quoted(to)} --if-match ${tag} --reason '...'`;
  session.show(answer, (result) => positionChange(result, again, around));
}

async function remove(around: Surroundings, name: string, command: Command): Promise<void> {
  const options = changeOptionsSchema.parse(command.opts());
  const session = Session.of(around, command);
  const asked = operator(around, options);
  const { ifMatch, tag } = await matchOf(session, name, options);
  const answer = await session.producer.ask(pathOf(name), positionChangeResultSchema, {
    method: 'DELETE',
    query: { dryRun: options.dryRun, ...asked },
    ...ifMatch,
  });
  const again = `sluice position delete ${name} --if-match ${tag} --reason '...'`;
  session.show(answer, (result) => positionChange(result, again, around));
}

/**
 * Which position is meant: the one that the user names, else the one that is there. A running stream's moves with every
 * save, so that it could never be named: that is told before it is tried.
 */
async function matchOf({ producer }: Session, name: string, { ifMatch, dryRun }: ChangeOptions) {
  const seen = await producer.askTagged(pathOf(name), streamPositionSchema);
  if (!dryRun && !seen.body.isPaused) throw notPaused(name);
  const etag = ifMatch ?? seen.etag ?? '*';
  return { ifMatch: dryRun && ifMatch === undefined ? {} : { ifMatch: etag }, tag: etag.replaceAll('"', '') };
}

function notPaused(name: string): CliError {
  return new CliError('SLUICE-STREAM-NOT-PAUSED', `stream "${name}" is not paused, and its position moves`, [
    `pause it first: sluice streams pause ${name}`,
    'or only try: --dry-run',
  ]);
}

/** A dry run is not audited, and needs no reason. */
function operator(around: Surroundings, { by, reason, dryRun }: ChangeOptions) {
  if (reason === undefined && !dryRun)
    throw usageError(
      'a change of position is kept with its reason',
      "say why: --reason '...'",
      'or only try: --dry-run',
    );
  return operatorOf(around, { by, reason: reason ?? 'a dry run' });
}

function pathOf(name: string): string {
  return `/streams/${part(name)}/position`;
}

function quoted(to: PositionTarget): string {
  return typeof to === 'string' ? to : `'${JSON.stringify(to)}'`;
}
