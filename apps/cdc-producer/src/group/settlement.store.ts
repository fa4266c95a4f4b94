/** Where a stream says that it has settled for a group's repartition. */
export abstract class SettlementStore {
  /** Nothing is written where the stream has been taken by another since: that one says it for itself. */
  abstract settled(stream: string, epoch: number, group: string, repartition: string): Promise<void>;
}
