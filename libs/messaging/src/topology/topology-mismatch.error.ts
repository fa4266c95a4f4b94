/** Quorum queues know no deletion "if empty": whoever deletes one looks first. */
const WAYS_OUT = {
  queue:
    'Delete the queue when nothing that it holds is needed (rabbitmqctl list_queues name messages, then rabbitmqctl delete_queue), ' +
    'or set CONSUMER_GROUP to a name of its own.',
  stream:
    'Set REALTIME_RETENTION and REALTIME_RETENTION_BYTES to what it has, or delete it (rabbitmqctl delete_queue) and it is made anew: clients of live push are told of the gap; ' +
    'or set REALTIME_STREAM to a name of its own.',
  exchange: 'Delete the exchange when nobody else needs it, or set SLUICE_EXCHANGE to a name of its own.',
} as const;

export type TopologyKind = keyof typeof WAYS_OUT;

/** A queue, stream queue or exchange of ours exists, with other properties than we need. Nothing was changed or deleted. */
export class TopologyMismatchError extends Error {
  readonly code = 'SLUICE-TOPOLOGY-MISMATCH';

  constructor(
    kind: TopologyKind,
    readonly subject: string,
    /** The broker's own words: they name the property, our value and the one that it has. */
    says: string,
    /** All that we need: the broker names only the first property that differs. */
    wanted: Readonly<Record<string, string | number | boolean>>,
  ) {
    super(
      `SLUICE-TOPOLOGY-MISMATCH  ${kind} "${subject}" exists with other properties than Sluice needs. The broker says: ${says}. ` +
        `Sluice needs ${described(wanted)}. ` +
        `Nothing was changed. ${WAYS_OUT[kind]}`,
    );
    this.name = 'TopologyMismatchError';
  }
}

function described(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries({ durable: true, ...properties })
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
