import { explainTlsFailure } from '@sluice/tls';
import { thrownMessage } from '@sluice/contracts';
import { CliError, usageError } from '../cli.error.js';

/** Of RabbitMQ, as for the apps. */
export const RABBITMQ_TLS = 'RABBITMQ_TLS';

const NOT_FOUND = 404;

export function rabbitUnnamed(): CliError {
  return usageError(
    'where is RabbitMQ? events are read from it, not from the apps',
    'set RABBITMQ_URI, as for the apps: amqp://user:password@host:5672',
    'it is no option, because every user of the machine sees options',
  );
}

/** The URI's password is in no message. */
export function rabbitNotReached(uri: string, cause: unknown): CliError {
  const where = URL.canParse(uri) ? new URL(uri).host : 'the address in RABBITMQ_URI';
  const why = cause instanceof Error ? explainTlsFailure(cause, RABBITMQ_TLS).message : String(cause);
  return new CliError(
    'SLUICE-CLI-RABBITMQ-NOT-REACHED',
    `RabbitMQ is not reached at ${where}: ${why.replaceAll(uri, where)}`,
    ['RABBITMQ_URI says where it is, and who asks'],
    1,
    { cause },
  );
}

export function connectionLost(cause: Error | undefined): CliError {
  const why = cause === undefined ? '' : `: ${cause.message}`;
  return new CliError('SLUICE-CLI-RABBITMQ-LOST', `the connection to RabbitMQ was lost${why}`, [
    'what was published meanwhile is not shown; call it again',
  ]);
}

export function channelRefused(exchange: string, cause: unknown): Error {
  if (cause instanceof CliError) return cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === NOT_FOUND)
    return new CliError('SLUICE-CLI-NO-EXCHANGE', `RabbitMQ has no exchange "${exchange}"`, [
      'a cdc-producer declares it when it starts; another name: --exchange NAME, or the variable SLUICE_EXCHANGE',
    ]);
  const why = thrownMessage(cause);
  return new CliError('SLUICE-CLI-TAIL-REFUSED', `RabbitMQ does not let events be looked at: ${why}`, [
    'the user in RABBITMQ_URI has to be allowed to declare a queue, and to bind it to the exchange',
  ]);
}

/** Without a registered group, a queue of ours would make events count as delivered. */
export function noGroupYet(why: string): CliError {
  return new CliError('SLUICE-CLI-NO-GROUP', `no consumer group is known to be registered: ${why}`, [
    'streams hold their events for the first group; with a queue of this command they would go on without it,',
    'and that group would miss what was published meanwhile. Start a consumer first.',
    'Where it is certain that a group is registered: --no-group-check',
  ]);
}
