import { scopeName, type StreamSettings } from '../config/streams-file.schema.js';
import { startAnew } from './position.advice.js';
import type { ReadFailureMeaning } from './read-failure.policy.js';
import { HistoryLostError, StandaloneServerError, StreamStoppedError } from './stream.error.js';

/**
 * The error that a stream stops with, which says what was found and what to do; undefined where it should be opened
 * again. `withoutImages` are the stream's collections that record no images, as far as they are known.
 */
export function stoppingError(
  meaning: ReadFailureMeaning,
  stream: StreamSettings,
  cause: Error,
  withoutImages: readonly string[] = [],
): StreamStoppedError | undefined {
  const named = `stream "${stream.name}"`;
  const stop = (code: string, says: string) => new StreamStoppedError(code, `${named} ${says}`, { cause });
  switch (meaning) {
    case 'history-lost':
      return new HistoryLostError(`${named} cannot go on: the oplog no longer has its position`, { cause });
    case 'invalid-token':
      return stop('SLUICE-STREAM-TOKEN-INVALID', invalidToken(stream, cause));
    case 'oversize':
      return stop(
        'SLUICE-STREAM-EVENT-OVERSIZE',
        'met a change event over 16 MB, which the server cannot send, and it has no $changeStreamSplitLargeEvent (MongoDB 6.0.9 and later have). ' +
          'Set onOversize: omitDocument to have such events without their documents, turn off fullDocumentBeforeChange, or project large fields away in its pipeline; then restart the producers, which read their settings at the start.',
      );
    case 'not-authorised':
      return stop('SLUICE-STREAM-NOT-AUTHORISED', notAuthorised(stream, cause));
    case 'image-missing':
      return stop('SLUICE-STREAM-IMAGE-MISSING', imageMissing(stream, cause, withoutImages));
    case 'standalone':
      return new StandaloneServerError({ cause });
    case 'reopen':
    case 'unknown-stage':
    case 'unknown':
      return undefined;
  }
}

function invalidToken({ name }: StreamSettings, { message }: Error): string {
  return (
    `cannot go on: the server does not accept its saved resume token (${message}). It may come from another ` +
    `deployment, or have been changed by hand: restore the state database, or ${startAnew(name)}.`
  );
}

function notAuthorised({ scope }: StreamSettings, { message }: Error): string {
  const [on, role] = 'deployment' in scope ? ['all databases', 'readAnyDatabase'] : [scopeName(scope), 'read'];
  return (
    `may not be read: the MongoDB user lacks the privileges "find" and "changeStream" on ${on} (${message}). Grant ` +
    `them (the built-in role "${role}" has both), then resume the stream.`
  );
}

/** The collMod mends what comes after it; changes of before have no image for ever. */
function imageMissing({ scope }: StreamSettings, { message }: Error, lacking: readonly string[]): string {
  const known = lacking.length === 0 ? ['collection' in scope ? scopeName(scope) : '<db>.<collection>'] : lacking;
  const mend = known.map((namespace) => {
    const dot = namespace.indexOf('.');
    const collection = JSON.stringify(namespace.slice(dot + 1));
    return `db.getSiblingDB(${JSON.stringify(namespace.slice(0, dot))}).runCommand({ collMod: ${collection}, changeStreamPreAndPostImages: { enabled: true } })`;
  });
  return (
    `requires document images that are not recorded: ${message}. Turn them on, ${mend.join('; ')}; and set ` +
    'fullDocumentBeforeChange and fullDocument to whenAvailable where they are required, for the changes of before have none.'
  );
}
