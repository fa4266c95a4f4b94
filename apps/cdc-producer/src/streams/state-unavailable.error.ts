import { thrownMessage } from '@sluice/contracts';

/** The state database did not take or give what an operator asked for. */
export class StateUnavailableError extends Error {
  readonly code = 'SLUICE-STATE-UNAVAILABLE';
  readonly httpStatus = 503;

  constructor(cause: unknown) {
    super(
      `the state database does not answer (${thrownMessage(cause)}); it is not known whether it took the change: look again, and ask again.`,
      { cause },
    );
    this.name = 'StateUnavailableError';
  }
}

/** Runs what needs the state database. @throws StateUnavailableError in place of the driver's own errors. */
export async function askState<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'httpStatus' in error) throw error; // an answer of ours
    throw new StateUnavailableError(error);
  }
}
