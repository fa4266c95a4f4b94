/** What a mirror has done since its app started. */
export interface MirrorCounters {
  /** Writes that changed a document; several events of one document may be one write. */
  written: number;
  /** Events that the mirror had already. */
  repeated: number;
  /** Events that came behind a later change of their document. */
  overtaken: number;
  /** Events of a collection that has been dropped since. */
  belowFloor: number;
  /** Updates of documents that the mirror does not have and that had gone when they were looked up. */
  unknown: number;
  /** Events that could not be applied; each becomes a dead letter. */
  refused: number;
}

export function noCounts(): MirrorCounters {
  return { written: 0, repeated: 0, overtaken: 0, belowFloor: 0, unknown: 0, refused: 0 };
}
