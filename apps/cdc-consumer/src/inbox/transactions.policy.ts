/** What a server says of itself, as far as it matters here: https://www.mongodb.com/docs/manual/reference/command/hello/ */
export interface HelloReply {
  /** Name of the replica set that it belongs to. */
  readonly setName?: string;
  /** `isdbgrid`: a router of a sharded cluster. */
  readonly msg?: string;
}

/** Transactions need a replica set or a sharded cluster: a standalone server refuses the first one, at every event. */
export function hasTransactions({ setName, msg }: HelloReply): boolean {
  return setName !== undefined || msg === 'isdbgrid';
}
