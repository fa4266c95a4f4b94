/** The state database did not take an operator's wish; nothing has changed. */
export class GroupUnavailableError extends Error {
  readonly code = 'SLUICE-GROUP-UNAVAILABLE';
  readonly httpStatus = 503;

  constructor(group: string, why: string, options?: ErrorOptions) {
    super(`group "${group}" cannot be changed now: ${why}`, options);
    this.name = 'GroupUnavailableError';
  }
}
