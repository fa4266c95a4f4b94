/** Another replica has taken the partition over; the broker will say so too. What is being done must not go on. */
export class PartitionLostError extends Error {
  readonly code = 'SLUICE-PARTITION-LOST';

  constructor(queue: string) {
    super(`another consumer has taken over what is parked of ${queue}; its deliveries are left to it`);
    this.name = 'PartitionLostError';
  }
}
