import type { Command } from 'commander';
import type { Surroundings } from '../session.js';

/** `by` and `reason`, as everything that is audited asks for them. */
export function addOperatorOptions(command: Command): Command {
  return command
    .option('--by <who>', 'who asks; the user of this machine unless given')
    .option('--reason <why>', 'why; kept in the audit trail');
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
