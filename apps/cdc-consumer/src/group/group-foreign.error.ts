/** `CONSUMER_GROUP` is the name of a stock consumer's group: its queues are not ours to declare or to read. */
export class GroupForeignError extends Error {
  readonly code = 'SLUICE-GROUP-FOREIGN';

  constructor(group: string) {
    super(
      `SLUICE-GROUP-FOREIGN  group "${group}" was registered for consumers that are not Sluice's; set CONSUMER_GROUP to another name`,
    );
    this.name = 'GroupForeignError';
  }
}
