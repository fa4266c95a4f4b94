import { Command, CommanderError } from 'commander';
import { thrownMessage } from '@sluice/contracts';
import { CliError } from './cli.error.js';
import { deadLettersCommand } from './commands/dead-letters.command.js';
import { groupsCommand } from './commands/groups.command.js';
import { inboxCommand } from './commands/inbox.command.js';
import { positionCommand } from './commands/position.command.js';
import { statusCommand } from './commands/status.command.js';
import { streamsCommand } from './commands/streams.command.js';
import { tailCommand } from './commands/tail.command.js';
import { addCompletion, completeNames, isCompletionRequest } from './completion/shell.completion.js';
import { addSharedOptions, type Surroundings } from './session.js';

const EPILOGUE = `
Exit code: 0 done, 1 it could not be done, 2 called wrongly.
Every command with examples: docs/cli.md`;

const COMMANDS = [
  statusCommand,
  streamsCommand,
  positionCommand,
  groupsCommand,
  inboxCommand,
  deadLettersCommand,
  tailCommand,
] as const;

/** All commands, and what completes them in a shell. */
export function sluiceProgram(around: Surroundings) {
  const program = new Command('sluice').description('look at a running Sluice, and steer it, over its admin HTTP');
  addSharedOptions(program);
  for (const make of COMMANDS) program.addCommand(make(around));
  const completion = addCompletion(program, around.executable);
  program.addHelpText('after', EPILOGUE);
  settle(program, around);
  return { program, completion };
}

/** Runs one call; answers the exit code. `args`: without node and the script. */
export async function runSluice(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    const { program, completion } = sluiceProgram(around);
    if (isCompletionRequest(args)) await completeNames(completion, around, program);
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said what is wrong
    around.terminal.note(failureText(error, args.includes('--json')));
    return error instanceof CliError ? error.exitCode : 1;
  }
}

/** Commands inherit none of this. */
function settle(command: Command, around: Surroundings): void {
  const { terminal } = around;
  command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      writeErr: (text) => terminal.note(text),
      getOutHelpWidth: () => terminal.width ?? 80,
      getErrHelpWidth: () => terminal.width ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false);
  for (const child of command.commands) settle(child, around);
}

function failureText(error: unknown, isJson: boolean): string {
  const { code, advice } = error instanceof CliError ? error : { code: 'SLUICE-CLI-FAILED', advice: [] };
  const message = thrownMessage(error);
  if (isJson) return `${JSON.stringify({ code, message, advice })}\n`;
  return [`${code}  ${message}`, ...advice.map((line) => `  ${line}`), ''].join('\n');
}
