/** The registration has changed under us; what was being done starts again from what stands there now. */
export class RegistrationChangedError extends Error {
  readonly code = 'SLUICE-GROUP-REGISTRATION-CHANGED';

  constructor(group: string) {
    super(`the registration of group "${group}" has changed meanwhile`);
    this.name = 'RegistrationChangedError';
  }
}
