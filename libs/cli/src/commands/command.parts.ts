import type { Command } from 'commander';
import type { Surroundings } from '../session.js';

/** `by` and `reason`, as everything that operators change asks for them. `kept`: where both can be read later. */
export function addOperatorOptions(command: Command, kept = 'in the audit trail'): Command {
  return command
    .option('--by <who>', 'who asks; the user of this machine unless given')
    .option('--reason <why>', `why; kept ${kept}`);
}

/** One part of a path: a name or an id may have any character. */
export function part(name: string): string {
  return encodeURIComponent(name);
}

export function operatorOf({ user }: Surroundings, { by, reason }: Operator) {
  return { by: by ?? user, reason };
}

interface Operator {
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}
