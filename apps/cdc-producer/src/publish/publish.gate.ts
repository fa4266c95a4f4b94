import type { Standing } from './stream.publisher.js';

/** Whether anything may be published at the moment, for every stream alike. */
export abstract class PublishGate {
  /** Why not; undefined where it may. */
  abstract closedBecause(): Standing | undefined;
  /** Calls back whenever the answer may have changed; answers how to stop that. */
  abstract onChange(listener: () => void): () => void;
}
