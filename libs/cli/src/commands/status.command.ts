import {
  REALTIME_PATHS,
  effectiveConfigSchema,
  groupListSchema,
  streamListSchema,
  type EffectiveConfig,
} from '@sluice/contracts';
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
      const [streams, groups, config] = await Promise.allSettled([
        session.producer.ask('/streams', streamListSchema),
        session.consumer.ask('/groups', groupListSchema),
        session.consumer.ask('/config', effectiveConfigSchema),
      ]);
      const failures = [streams, groups].flatMap((each) =>
        each.status === 'rejected' ? [each.reason as unknown] : [],
      );
      if (failures.length === 2) throw bothOf(failures);
      const found = {
        streams: streams.status === 'fulfilled' ? streams.value.streams : null,
        groups: groups.status === 'fulfilled' ? groups.value : null,
        demo: config.status === 'fulfilled' ? demoOf(config.value, session.consumer.url) : null,
      };
      session.show(found, () => {
        const parts = [
          found.streams && streamTable(found.streams, around),
          found.groups && groupTable(found.groups, around),
          found.demo && `live push, to look at: ${found.demo}\n`,
        ];
        return parts.filter((text) => text !== null).join('\n');
      });
      if (failures.length > 0) throw failures[0];
    });
}

/** The page that shows live push, where the consumer serves it. */
function demoOf({ settings }: EffectiveConfig, url: string): string | null {
  return settings.some(({ name, value }) => name === 'REALTIME' && value === 'on')
    ? `${url}${REALTIME_PATHS.demo}`
    : null;
}

/** One error that tells both; anything but an app that fails is not ours to merge. */
function bothOf(failures: readonly unknown[]): unknown {
  const [first, second] = failures;
  if (!(first instanceof CliError) || !(second instanceof CliError)) return first;
  return new CliError(first.code, `${first.message}\n${second.message}`, [
    ...new Set([...first.advice, ...second.advice]),
  ]);
}
