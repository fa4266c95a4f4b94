import { groupListSchema, streamListSchema } from '@sluice/contracts';
import { Command } from 'commander';
import { CliError } from '../cli.error.js';
import { Session, type Surroundings } from '../session.js';
import { groupTable } from '../views/group.view.js';
import { streamTable } from '../views/stream.view.js';

/** Both apps at one look; what does not answer is said, and the other is shown. */
export function statusCommand(around: Surroundings): Command {
  return new Command('status')
    .description('streams and groups at one look')
    .action(async (_options: unknown, command: Command) => {
      const session = Session.of(around, command);
      const [streams, groups] = await Promise.allSettled([
        session.producer.ask('/streams', streamListSchema),
        session.consumer.ask('/groups', groupListSchema),
      ]);
      const failures = [streams, groups].flatMap((each) =>
        each.status === 'rejected' ? [each.reason as unknown] : [],
      );
      if (failures.length === 2) throw bothOf(failures);
      const found = {
        streams: streams.status === 'fulfilled' ? streams.value.streams : null,
        groups: groups.status === 'fulfilled' ? groups.value : null,
      };
      session.show(found, () => {
        const parts = [
          found.streams && streamTable(found.streams, around),
          found.groups && groupTable(found.groups, around),
        ];
        return parts.filter((text) => text !== null).join('\n');
      });
      if (failures.length > 0) throw failures[0];
    });
}

/** One error that tells both; anything but an app that fails is not ours to merge. */
function bothOf(failures: readonly unknown[]): unknown {
  const [first, second] = failures;
  if (!(first instanceof CliError) || !(second instanceof CliError)) return first;
  return new CliError(first.code, `${first.message}\n${second.message}`, [
    ...new Set([...first.advice, ...second.advice]),
  ]);
}
