import {
  CONTENT_TYPE_BSON,
  decodeChangeEvent,
  DEFAULT_EXCHANGE,
  extendedJsonOf,
  groupListSchema,
  operationSchema,
  thrownError,
  type ChangeEvent,
} from '@sluice/contracts';
import type { ConsumeMessage } from 'amqplib';
import { Command } from 'commander';
import { z } from 'zod';
import { tlsFrom } from '../admin/secure.fetch.js';
import { CliError, usageError } from '../cli.error.js';
import { Session, type Surroundings } from '../session.js';
import { TailFilter } from '../tail/tail.filter.js';
import { noGroupYet, RABBITMQ_TLS } from '../tail/tap.errors.js';
import { tailLine } from '../tail/tail-line.view.js';

const optionsSchema = z.object({
  namespace: z.array(z.string().min(1)).default([]),
  operation: z.array(operationSchema).default([]),
  stream: z.string().optional(),
  exchange: z.string().optional(),
  count: z.coerce.number().int().min(1).optional(),
  groupCheck: z.boolean(),
});

/** Live events in the terminal, as they are published. */
export function tailCommand(around: Surroundings): Command {
  return new Command('tail')
    .description('live events as they are published, read from RabbitMQ (RABBITMQ_URI); Ctrl-C ends it')
    .option('--namespace <db.coll...>', 'only these: shop.orders, or shop.* for every collection of shop')
    .option('--operation <operation...>', `only these: ${operationSchema.options.join(', ')}`)
    .option('--stream <name>', 'only of this stream')
    .option('--count <n>', 'end after so many')
    .option('--exchange <name>', `the events exchange (SLUICE_EXCHANGE, ${DEFAULT_EXCHANGE})`)
    .option('--no-group-check', 'do not ask the consumer first whether a group is registered')
    .action((_options: unknown, command: Command) => tail(around, command));
}

async function tail(around: Surroundings, command: Command): Promise<void> {
  const parsed = optionsSchema.safeParse(command.opts());
  if (!parsed.success) throw usageError(faults(parsed.error), 'see sluice tail --help');
  const { namespace, operation, stream, exchange, count = Infinity, groupCheck } = parsed.data;
  const session = Session.of(around, command);
  if (groupCheck) await aGroupIsRegistered(session);
  const { environment, terminal, signal } = around;
  const filter = new TailFilter({ namespaces: namespace, operations: operation, stream });
  let shown = 0;
  const { tapEvents } = await import('../tail/event.tap.js'); // the other commands do without amqplib
  await tapEvents({
    uri: environment['RABBITMQ_URI'],
    tls: tlsFrom(RABBITMQ_TLS, environment),
    isByCertificate: environment['RABBITMQ_AUTH'] === 'certificate',
    exchange: exchange ?? environment['SLUICE_EXCHANGE'] ?? DEFAULT_EXCHANGE,
    bindingKeys: filter.bindingKeys,
    signal,
    onOpen: () => terminal.note('waiting for events; Ctrl-C ends it\n'),
    onBehind: () => terminal.note('more is published than is shown here: the oldest that wait are left out\n'),
    onMessage: (message) => {
      if (show(session, filter, message)) shown += 1;
      return shown < count ? 'more' : 'enough';
    },
  });
}

/** Whether it was one of those that are meant. */
function show(session: Session, filter: TailFilter, message: ConsumeMessage): boolean {
  const { terminal } = session.around;
  const decoded = decode(message);
  if (decoded instanceof Error) {
    terminal.note(`a message with the key "${message.fields.routingKey}" is ${decoded.message}\n`);
    return false;
  }
  if (!filter.wants(decoded.event, decoded.pattern)) return false;
  terminal.write(session.isJson ? `${bodyText(message)}\n` : tailLine(decoded.event, terminal));
  return true;
}

function decode({ content, properties }: ConsumeMessage): { pattern: string; event: ChangeEvent } | Error {
  try {
    return decodeChangeEvent(content, contentType(properties));
  } catch (error) {
    return thrownError(error);
  }
}

/** The body as it was sent: canonical Extended JSON that loses nothing. */
function bodyText({ content, properties }: ConsumeMessage): string {
  return contentType(properties) === CONTENT_TYPE_BSON ? extendedJsonOf(content) : content.toString('utf8');
}

function contentType({ contentType: type }: ConsumeMessage['properties']): string | undefined {
  return typeof type === 'string' ? type : undefined;
}

/** @throws CliError where none is, or where nobody can say */
async function aGroupIsRegistered({ consumer }: Session): Promise<void> {
  const { groups, others } = await consumer.ask('/groups', groupListSchema).catch((error: unknown) => {
    throw error instanceof CliError ? noGroupYet(error.message) : error;
  });
  if ([...groups, ...(others ?? [])].some(({ state }) => state === 'bound')) return;
  throw noGroupYet('the consumer that was asked knows of none that is bound');
}

function faults(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `--${path.join(' ')}: ${message}`).join('; ');
}
