/** What ended a command: what was found, and below it what to do. Told on standard error, exit code 1 or 2. */
export class CliError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** What is allowed, or what to do; a line each. */
    readonly advice: readonly string[] = [],
    readonly exitCode: 1 | 2 = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CliError';
  }
}

/** The command was called wrongly: nothing was asked of any server. */
export function usageError(message: string, ...advice: string[]): CliError {
  return new CliError('SLUICE-CLI-USAGE', message, advice, 2);
}
