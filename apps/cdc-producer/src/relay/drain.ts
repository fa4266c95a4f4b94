import { Logger } from '@nestjs/common';
import { within } from '@sluice/platform';
import { StreamLostError, StreamStoppedError } from '../change-stream/stream.error.js';
import type { ClaimKeeper } from '../claim-check/claim.keeper.js';
import type { CheckpointMark, CheckpointWriter } from '../checkpoint/checkpoint.writer.js';
import type { EventParking } from '../publish/event.parking.js';
import type { StreamPublisher } from '../publish/stream.publisher.js';
import type { StreamRelay } from './stream.relay.js';

const logger = new Logger('stream');

export interface DrainParts {
  readonly relay: Pick<StreamRelay, 'run'>;
  readonly publisher: Pick<StreamPublisher<CheckpointMark>, 'run' | 'drained'>;
  readonly parking: Pick<EventParking, 'run'>;
  readonly writer: Pick<CheckpointWriter, 'run' | 'flush'>;
  readonly keeper: Pick<ClaimKeeper, 'run'>;
}

/** When a run ends. */
export interface DrainSignals {
  /** In good order: what is in flight settles first. */
  readonly stop: AbortSignal;
  /** At once: the stream is another producer's, and nothing more may be published. */
  readonly lost: AbortSignal;
}

/**
 * Runs reading, publishing and saving side by side. When a signal fires, or one of them fails, reading stops first;
 * then what is in flight settles, for a bounded time, and the position is saved. What was not confirmed by then is not
 * saved, and is sent again at the next start.
 */
export async function runAndDrain(
  { relay, publisher, parking, writer, keeper }: DrainParts,
  { stop, lost }: DrainSignals,
  drainMs: number,
): Promise<void> {
  const signal = AbortSignal.any([stop, lost]);
  const reading = new AbortController();
  const sending = new AbortController();
  const failures: unknown[] = [];
  const stopReading = () => reading.abort(new Error('the stream is stopping'));
  const guard = (task: Promise<void>) =>
    task.catch((error: unknown) => {
      if (!reading.signal.aborted || !isAbort(error, reading.signal)) failures.push(error);
      stopReading();
    });
  signal.addEventListener('abort', stopReading);
  if (signal.aborted) stopReading();

  const publishing = guard(publisher.run(sending.signal));
  const parkingEvents = guard(parking.run(sending.signal));
  const saving = guard(writer.run(sending.signal));
  const keeping = guard(keeper.run(sending.signal));
  await guard(relay.run(reading.signal));
  signal.removeEventListener('abort', stopReading);

  // Whoever has lost the stream to another producer sends nothing more.
  if (!failures.some((error) => error instanceof StreamLostError))
    await within(drainMs, lost, (limited) => publisher.drained(limited));
  sending.abort(new Error('the stream is stopping'));
  await Promise.all([publishing, parkingEvents, saving, keeping]);
  await guard(writer.flush().catch(leaveUnsaved));
  if (failures.length > 0) throw failures[0];
}

/** Who ends with the state database away sends some events again at the next start; the stream itself has not failed. */
function leaveUnsaved(error: unknown): void {
  if (error instanceof StreamStoppedError) throw error;
  logger.warn(`the last position is not saved, what follows the saved one is sent again: ${String(error)}`);
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
