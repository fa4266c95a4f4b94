import {
  DEAD_LETTER_REASONS,
  deadLetterDetailSchema,
  deadLetterOperationListSchema,
  deadLetterOperationSchema,
  deadLetterPageSchema,
} from '@sluice/contracts';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { usageError } from '../cli.error.js';
import { Session, type Surroundings } from '../session.js';
import { deadLetterDetail, deadLetterTable, operationDetail, operationTable } from '../views/dead-letter.view.js';
import { operatorOf, part } from './command.parts.js';
import { followReplay } from './replay.progress.js';

const filterShape = {
  handler: z.string().optional(),
  failure: z.string().optional(),
  namespace: z.string().optional(),
  since: z.string().optional(),
  until: z.string().optional(),
};
const listOptionsSchema = z.object({ ...filterShape, limit: z.string().optional(), after: z.string().optional() });
const orderOptionsSchema = z.object({ by: z.string().optional(), reason: z.string().optional() });
const replayOptionsSchema = z.object({
  ...filterShape,
  ...orderOptionsSchema.shape,
  all: z.boolean().default(false),
  wait: z.boolean(),
});
const PATH = '/dead-letters';

/** The dead letters of the group that the asked consumer serves. */
export function deadLettersCommand(around: Surroundings): Command {
  const letters = new Command('dead-letters').description('look at dead letters, replay and discard them');
  addFilter(letters.command('list'))
    .option('--limit <n>', 'letters on a page')
    .option('--after <id>', 'the page after this letter')
    .description('a page of dead letters, oldest first; none is taken')
    .action(async (_options: unknown, command: Command) => {
      const session = Session.of(around, command);
      const { failure, ...query } = listOptionsSchema.parse(command.opts());
      session.show(
        await session.consumer.ask(PATH, deadLetterPageSchema, { query: { ...query, reason: failure } }),
        deadLetterTable,
      );
    });
  letters
    .command('show')
    .argument('<id>', 'as the list shows it')
    .description('one dead letter with its body')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = Session.of(around, command);
      session.show(await session.consumer.ask(`${PATH}/${part(id)}`, deadLetterDetailSchema), deadLetterDetail);
    });
  addOrder(addFilter(letters.command('replay').argument('[id]', 'one letter; or name those that are meant by options')))
    .option('--all', 'all that there are')
    .option('--no-wait', 'do not wait for the end of a replay of many')
    .description('hand one letter, or all that fit, back to their handlers')
    .action((id: string | undefined, _options: unknown, command: Command) => replay(around, id, command));
  addOrder(letters.command('discard').argument('<id>', 'as the list shows it'))
    .description('remove one letter for good')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = Session.of(around, command);
      const query = order(around, orderOptionsSchema.parse(command.opts()));
      const request = { method: 'DELETE', query } as const;
      session.show(
        await session.consumer.ask(`${PATH}/${part(id)}`, deadLetterOperationSchema, request),
        operationDetail,
      );
    });
  addOperations(around, letters);
  return letters;
}

function addOperations(around: Surroundings, letters: Command): void {
  letters
    .command('operations')
    .description('who replayed or discarded what; newest first')
    .action(async (_options: unknown, command: Command) => {
      const session = Session.of(around, command);
      session.show(await session.consumer.ask(`${PATH}/operations`, deadLetterOperationListSchema), operationTable);
    });
  letters
    .command('cancel')
    .argument('<operation>', 'as operations shows it')
    .description('end a replay within a few letters; what it has done stays')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = Session.of(around, command);
      const path = `${PATH}/operations/${part(id)}/cancel`;
      session.show(await session.consumer.ask(path, deadLetterOperationSchema, { method: 'POST' }), operationDetail);
    });
}

async function replay(around: Surroundings, id: string | undefined, command: Command): Promise<void> {
  const { all, wait, by, reason, failure, ...others } = replayOptionsSchema.parse(command.opts());
  const filter = { ...others, reason: failure };
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  if ([id !== undefined, isFiltered, all].filter(Boolean).length !== 1)
    throw usageError(
      'which dead letters?',
      'one by its id, those that fit --handler, --failure, --namespace, --since and --until, or --all',
    );
  const session = Session.of(around, command);
  const body = order(around, { by, reason });
  const path = id === undefined ? `${PATH}/replay` : `${PATH}/${part(id)}/replay`;
  const request = { method: 'POST', body: id === undefined ? { ...body, filter } : body } as const;
  const begun = await session.consumer.ask(path, deadLetterOperationSchema, request);
  session.show(wait ? await followReplay(session, begun) : begun, operationDetail);
}

function order(around: Surroundings, { by, reason }: z.infer<typeof orderOptionsSchema>) {
  return { by: operatorOf(around, { by }).by, reason };
}

function addOrder(command: Command): Command {
  return command
    .option('--by <who>', 'who asks; the user of this machine unless given')
    .option('--reason <why>', 'why; kept with the operation');
}

function addFilter(command: Command): Command {
  return command
    .option('--handler <name>', 'only of this handler')
    .addOption(new Option('--failure <reason>', 'only those that failed for this reason').choices(DEAD_LETTER_REASONS))
    .option('--namespace <db.coll>', 'only of this namespace')
    .option('--since <time>', 'last failed at this time or later (2026-03-02T10:14:07Z)')
    .option('--until <time>', 'last failed before this time');
}
