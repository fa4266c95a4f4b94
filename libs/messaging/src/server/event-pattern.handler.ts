import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';

/** A method that Nest found under `@EventPattern`, callable on its own. */
export interface EventPatternHandler {
  readonly pattern: string;
  /** Resolves when the method, and the Observable it may answer with, has ended; rejects when either fails. */
  readonly invoke: (event: unknown, context: unknown) => Promise<void>;
}

/**
 * Nest chains the handlers of one pattern, so that the first one's call runs them all and one failure hides the
 * others' success. Taken apart here: each is retried, and dead-lettered, by itself.
 */
export function eventPatternHandler(pattern: string, handler: MessageHandler): EventPatternHandler {
  return {
    pattern,
    invoke: async (event, context) => {
      const answer: unknown = await handler(event, context);
      // Nest hands a failure out as an Observable that nobody subscribes to: the event would count as handled.
      if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
    },
  };
}
