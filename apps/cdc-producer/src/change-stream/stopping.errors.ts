import { scopeName, type StreamSettings } from '../config/streams-file.schema.js';
import type { ReadFailureMeaning } from './read-failure.policy.js';
import { HistoryLostError, StandaloneServerError, StreamStoppedError } from './stream.error.js';

/** The error that a stream stops with; undefined where it should be opened again. */
export function stoppingError(
  meaning: ReadFailureMeaning,
  stream: StreamSettings,
  cause: Error,
): StreamStoppedError | undefined {
  const scope = scopeName(stream.scope);
  const stop = (code: string, says: string) => new StreamStoppedError(code, says, { cause });
  switch (meaning) {
    case 'history-lost':
      return new HistoryLostError(`stream "${stream.name}": the oplog no longer has its position`, { cause });
    case 'invalid-token':
      return stop(
        'SLUICE-STREAM-TOKEN-INVALID',
        `stream "${stream.name}": the server does not accept the saved resume token. It may come from another deployment; delete the position to go on from now.`,
      );
    case 'oversize':
      return stop(
        'SLUICE-STREAM-EVENT-OVERSIZE',
        `stream "${stream.name}" met a change event over 16 MB, which the server cannot send. Turn off fullDocumentBeforeChange, or project large fields away in its pipeline.`,
      );
    case 'not-authorised':
      return stop(
        'SLUICE-STREAM-NOT-AUTHORISED',
        `stream "${stream.name}": the MongoDB user lacks the privileges "find" and "changeStream" on ${scope === 'deployment' ? 'all databases' : scope}.`,
      );
    case 'image-missing':
      return stop(
        'SLUICE-STREAM-IMAGE-MISSING',
        `stream "${stream.name}" requires document images that ${scope} does not record. Run ` +
          'db.runCommand({ collMod: "<collection>", changeStreamPreAndPostImages: { enabled: true } }) on the collection, or set fullDocumentBeforeChange: whenAvailable.',
      );
    case 'standalone':
      return new StandaloneServerError({ cause });
    case 'reopen':
    case 'unknown':
      return undefined;
  }
}
