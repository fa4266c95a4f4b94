/** An operator's change of a group cannot be made as the group stands; nothing has changed. */
export class GroupChangeRefusedError extends Error {
  readonly code = 'SLUICE-GROUP-CHANGE-REFUSED';
  readonly httpStatus = 409;

  constructor(group: string, why: string) {
    super(`group "${group}" is not changed: ${why}`);
    this.name = 'GroupChangeRefusedError';
  }
}
