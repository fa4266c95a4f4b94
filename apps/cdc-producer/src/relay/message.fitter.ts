import { claimedBodyOf, claimOf, HEADER_CLAIM, thrownMessage, type Position, type RawChange } from '@sluice/contracts';
import { Backoff } from '../change-stream/backoff.plan.js';
import { StreamStoppedError } from '../change-stream/stream.error.js';
import type { ClaimedBodies } from '../claim-check/claimed-bodies.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { ChangeMessage } from '../publish/change-message.js';
import { messageFields, type MessageFields } from '../publish/message.fields.js';
import type { ChangeMessageMapper } from './change-message.mapper.js';
import { shrinking } from './oversize.plan.js';

/** How the fitter tells what it does. */
export interface FitterListener {
  /** An event is published with something left out. */
  fitted(how: 'claimed' | 'omitted'): void;
  /** A body cannot be stored now, and is tried again; no reason: it is stored. */
  storing(reason: string | undefined, attempt: number, event: MessageFields): void;
}

interface Fitting {
  readonly change: RawChange;
  readonly message: ChangeMessage;
}

/** Makes a message of at most `maxMessageBytes` of a change whose own would be larger, as `onOversize` says. */
export class MessageFitter {
  constructor(
    private readonly stream: StreamSettings,
    private readonly mapper: ChangeMessageMapper,
    private readonly claims: ClaimedBodies,
    private readonly listener: FitterListener,
  ) {}

  fits({ body }: ChangeMessage): boolean {
    return body.length <= this.stream.maxMessageBytes;
  }

  /**
   * Resolves when all that the message leaves to others is stored safely.
   * @throws StreamStoppedError where `onOversize` is `fail`, and where leaving out everything is not enough.
   */
  async fit(whole: ChangeMessage, change: RawChange, position: Position, signal: AbortSignal): Promise<ChangeMessage> {
    const { onOversize } = this.stream;
    if (onOversize === 'fail') throw this.tooLarge(whole, `makes a message of ${whole.body.length} bytes`);
    const fitting = this.firstThatFits(whole, change, position);
    if (onOversize === 'omitDocument') {
      this.listener.fitted('omitted');
      return fitting.message;
    }
    const body = claimedBodyOf(change, fitting.change);
    const claim = claimOf(whole.id, body);
    await this.store(claim, body, messageFields(whole, this.stream.name), signal);
    this.listener.fitted('claimed');
    return withHeader(fitting.message, HEADER_CLAIM, claim);
  }

  private firstThatFits(whole: ChangeMessage, change: RawChange, position: Position): Fitting {
    let smallest = whole;
    for (const smaller of shrinking(change)) {
      smallest = this.mapper.messageOf(smaller, position);
      if (this.fits(smallest)) return { change: smaller, message: smallest };
    }
    throw this.tooLarge(whole, `makes a message of ${smallest.body.length} bytes even without its documents`);
  }

  /** For as long as it takes: to go on without would publish a reference to nothing. */
  private async store(claim: string, body: Buffer, event: MessageFields, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    for (;;) {
      signal.throwIfAborted();
      try {
        await this.claims.put(claim, body);
        this.listener.storing(undefined, 0, event);
        return;
      } catch (error) {
        signal.throwIfAborted();
        const why = thrownMessage(error);
        this.listener.storing(`a large event cannot be stored, trying again: ${why}`, backoff.attempts + 1, event);
        await backoff.wait(signal);
      }
    }
  }

  private tooLarge(whole: ChangeMessage, what: string): StreamStoppedError {
    const { id, pattern } = whole;
    const { name, maxMessageBytes, onOversize } = this.stream;
    const advice =
      onOversize === 'fail'
        ? 'Set onOversize to claimCheck (stores the large part in MongoDB) or omitDocument, raise maxMessageBytes'
        : 'Raise maxMessageBytes';
    return new StreamStoppedError(
      'SLUICE-MESSAGE-OVERSIZE',
      `stream "${name}": event ${id}, "${pattern}", ${what}; maxMessageBytes allows ${maxMessageBytes}. ` +
        `${advice} (RabbitMQ 4 takes 16 MiB at most), or project large fields away in the pipeline; then restart the producers, which read their settings at the start.`,
      { event: messageFields(whole, name) },
    );
  }
}

function withHeader(message: ChangeMessage, name: string, value: string): ChangeMessage {
  const { properties } = message;
  return { ...message, properties: { ...properties, headers: { ...(properties.headers as object), [name]: value } } };
}
