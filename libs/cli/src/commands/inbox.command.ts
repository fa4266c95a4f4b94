import { inboxLookupSchema } from '@sluice/contracts';
import { Command } from 'commander';
import { Session, type Surroundings } from '../session.js';
import { inboxTable } from '../views/handled.view.js';

/** What handlers with `once` have dealt with. */
export function inboxCommand(around: Surroundings): Command {
  return new Command('inbox')
    .description('which groups and handlers with once have dealt with an event')
    .argument('<event>', 'the id of the event')
    .action(async (eventId: string, _options: unknown, command: Command) => {
      const session = Session.of(around, command);
      session.show(await session.consumer.ask('/inbox', inboxLookupSchema, { query: { eventId } }), inboxTable);
    });
}
