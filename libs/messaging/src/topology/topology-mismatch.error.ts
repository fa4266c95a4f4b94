/** A queue or exchange of ours exists, with other properties than we need. Nothing was changed or deleted. */
export class TopologyMismatchError extends Error {
  readonly code = 'SLUICE-TOPOLOGY-MISMATCH';

  constructor(
    kind: 'queue' | 'exchange',
    readonly subject: string,
    /** The broker's own words: they name the property, our value and the one that it has. */
    says: string,
  ) {
    super(
      `SLUICE-TOPOLOGY-MISMATCH  ${kind} "${subject}" exists with other properties than Sluice needs. The broker says: ${says}. ` +
        `Nothing was changed. Remove the ${kind} when what it holds is not needed any more` +
        (kind === 'queue'
          ? ' (rabbitmqctl delete_queue --if-empty), or set CONSUMER_GROUP to a name of its own.'
          : ', or set SLUICE_EXCHANGE to a name of its own.'),
    );
    this.name = 'TopologyMismatchError';
  }
}
